"""Calls are processed beside the worker: soon, once, and by whoever is there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from sentry_twilio.delivery.caretaker import Caretaker
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.sources import inbox, worker
from sentry_twilio.sources.models import Call, Source
from sentry_twilio.sources.processing import process_due
from sentry_twilio.tracker.models import Issue
from tests.sources import sentry_bodies as bodies
from tests.sources.conftest import Make, Tracker, captured

pytestmark = pytest.mark.django_db(transaction=True)

NEW = captured("bugsink_2.6.2_new")


@contextmanager
def working() -> Iterator[None]:
    """The chores of a process that sends."""
    caretaker = Caretaker()
    thread = threading.Thread(target=caretaker.run)
    thread.start()
    try:
        yield
    finally:
        caretaker.stop()
        thread.join()


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline, "It did not happen within 30 s."
        time.sleep(0.01)


def in_threads(count: int, work: Callable[[int], object]) -> None:
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as exc:  # noqa: BLE001  (raised below)
            errors.append(exc)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_a_call_is_done_without_anybody_asking(make: Make, tracker: Tracker) -> None:
    source = make("bugsink")
    with working():
        tracker.post(source, NEW)
        wait_until(lambda: Call.objects.get().state == "done")
    assert Delivery.objects.count() == 1


def test_what_came_while_nobody_worked_is_done_later(make: Make, tracker: Tracker) -> None:
    tracker.post(make("bugsink"), NEW)
    with working():
        wait_until(lambda: Call.objects.get().state == "done")


def test_it_goes_on_after_an_error(
    make: Make, tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = []

    def fail(limit: int) -> int:
        monkeypatch.setattr(worker, "process_due", process_due)
        failures.append(limit)
        raise RuntimeError("the database is away")

    monkeypatch.setattr(worker, "process_due", fail)
    tracker.post(make("bugsink"), NEW)
    with working():
        wait_until(lambda: Call.objects.get().state == "done")
    assert failures


def test_no_call_is_done_twice_by_several_workers(make: Make, tracker: Tracker) -> None:
    source = make("bugsink")
    for number in range(12):
        tracker.post(source, {**NEW, "id": str(number)})
    in_threads(4, lambda _: process_due())
    assert Delivery.objects.count() == 12
    assert Issue.objects.count() == 12
    assert set(Call.objects.values_list("state", flat=True)) == {"done"}


@pytest.mark.parametrize("most", [1, 3, 100])
def test_calls_that_come_at_once_are_all_kept_and_counted(
    most: int, make: Make, tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "MOST_AT_ONCE", most)
    source = make("bugsink")

    def call(number: int) -> None:
        # Two of each: the second one is known.
        assert tracker.post(source, {**NEW, "id": str(number % 8)}).status_code == 202

    in_threads(16, call)
    assert Call.objects.count() == 8
    assert Source.objects.get().calls == 16


def test_what_cannot_be_committed_is_an_error_for_each(
    make: Make, tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    def fail(entries: object) -> None:
        raise OperationalError("disk full")

    source = make("sentry")
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "_insert", fail)
        response = tracker.post(source, bodies.event_alert(), "event_alert")
        assert response.status_code == 503
        assert "Try again later" in response.json()["detail"]
    assert tracker.post(source, bodies.event_alert(), "event_alert").status_code == 202
    assert Source.objects.get().calls == 1
