"""Which chores a process does, and when."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, connections

from sentry_twilio.delivery import caretaker, chores
from sentry_twilio.delivery.caretaker import Caretaker
from sentry_twilio.delivery.chores import Chore

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def running(caretaker: Caretaker) -> Iterator[None]:
    thread = threading.Thread(target=caretaker.run)
    thread.start()
    try:
        yield
    finally:
        caretaker.stop()
        thread.join(15)
        assert not thread.is_alive()


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    return lambda *wanted: monkeypatch.setattr(chores, "all_chores", lambda: list(wanted))


def test_a_process_leaves_out_what_is_not_its_business(only: Callable[..., None]) -> None:
    done: list[str] = []
    begun = threading.Event()
    only(
        Chore("sign of life", 0, lambda: done.append("sign of life")),
        Chore("watch", 0, lambda: (done.append("watch"), begun.set())),
    )
    with running(Caretaker(lambda chore: chore.name != "sign of life")):
        assert begun.wait(15)
    assert set(done) == {"watch"}


def test_a_hint_has_the_eager_chores_done_and_no_others(
    only: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caretaker, "LOOK_SECONDS", 3600)
    eager, patient = threading.Semaphore(0), threading.Semaphore(0)
    only(
        Chore("patient", 3600, patient.release),
        Chore("eager", 3600, eager.release, eager=True),
    )
    care = Caretaker()
    with running(care):
        assert eager.acquire(timeout=15)
        assert patient.acquire(timeout=15)
        # Until the first time is written down, it is under way, and a hint is about nothing.
        again = threading.Event()
        while not again.is_set():
            care.wake()
            if eager.acquire(timeout=0.1):
                again.set()
    assert not patient.acquire(blocking=False)


def test_a_signal_that_stops_it_while_it_is_woken_does_not_wait_for_itself() -> None:
    care = Caretaker()

    def interrupt(frame: FrameType, event: str, argument: Any) -> Any:
        """As a signal handler, between any two lines."""
        sys.settrace(None)
        care.stop()
        sys.settrace(interrupt)
        return interrupt

    def wake() -> None:
        sys.settrace(interrupt)
        care.wake()

    thread = threading.Thread(target=wake, daemon=True)
    thread.start()
    thread.join(15)
    assert not thread.is_alive()


def test_chores_that_wait_for_others_keep_none_from_its_time(only: Callable[..., None]) -> None:
    go_on, done = threading.Event(), threading.Event()
    only(
        *(Chore(f"waits {n}", 0, lambda: go_on.wait(60)) for n in range(8)),
        Chore("sign of life", 0, done.set),
    )
    with running(Caretaker()):
        try:
            assert done.wait(15)
        finally:
            go_on.set()


def test_a_chore_that_hangs_does_not_keep_the_process_from_ending(
    only: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caretaker, "END_SECONDS", 0.1)
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        go_on.wait(60)
        ended.set()

    only(Chore("hangs", 60, hang))
    with running(Caretaker()):  # waits for its end
        assert begun.wait(15)
    assert not ended.is_set()
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "chore")
    go_on.set()
    assert ended.wait(15)


def test_a_thread_that_does_chores_closes_its_connection(only: Callable[..., None]) -> None:
    done, closed = threading.Event(), threading.Event()

    def look() -> None:
        mine = connections[DEFAULT_DB_ALIAS]
        real = mine.close

        def close() -> None:
            real()
            closed.set()

        mine.close = close  # type: ignore[method-assign]
        done.set()

    only(Chore("looks", 60, look))
    with running(Caretaker()):
        assert done.wait(15)
        assert not closed.is_set()
    assert closed.is_set()
