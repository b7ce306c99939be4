"""Calls that are committed together do not share another's bad luck."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DataError, OperationalError, connection
from django.utils import timezone

from sentry_twilio.sources import doors, inbox, vault
from sentry_twilio.sources.models import Call, Source
from tests.sources.conftest import Make, Tracker, captured

pytestmark = pytest.mark.django_db(transaction=True)

NEW = captured("bugsink_2.6.2_new")


@pytest.fixture
def source(make: Make) -> Source:
    return make("bugsink")


@pytest.fixture
def removed_elsewhere(source: Source, make: Make) -> Source:
    """A source that another process removed: this one remembers its door."""
    source = make("bugsink")
    door = doors.find("bugsink", vault.read(source)["key"])
    remembered = dict(doors._doors)
    Source.objects.filter(pk=source.pk).delete()
    doors._doors.update(remembered)
    return door.source


def at_once(posts: list[Callable[[], Any]]) -> list[int]:
    """The answers' statuses when all of them are waiting to be written together."""
    statuses = [0] * len(posts)

    def run(number: int) -> None:
        try:
            statuses[number] = posts[number]().status_code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(posts))]
    with inbox._leader_lock:
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 60
        while len(inbox._queue) < len(posts):
            assert time.monotonic() < deadline, "They were not queued within 60 s."
            time.sleep(0.01)
    for thread in threads:
        thread.join()
    return statuses


def test_a_source_that_was_removed_elsewhere_costs_no_other_its_call(
    source: Source, removed_elsewhere: Source, tracker: Tracker
) -> None:
    def post(to: Source, number: int) -> Callable[[], Any]:
        return lambda: tracker.post(to, {**NEW, "id": str(number)})

    posts = [post(removed_elsewhere if n == 1 else source, n) for n in range(4)]
    assert at_once(posts) == [202, 404, 202, 202]
    assert Call.objects.count() == 3
    assert Source.objects.get().calls == 3


def test_a_door_to_nowhere_is_forgotten(removed_elsewhere: Source, tracker: Tracker) -> None:
    response = tracker.post(removed_elsewhere, NEW)
    assert response.status_code == 404
    assert "There is no such source" in response.json()["detail"]
    assert not doors._doors


def test_whatever_the_database_has_against_a_call_is_a_503(
    source: Source, tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(entries: object) -> None:
        raise DataError("no such text")

    monkeypatch.setattr(inbox, "_insert", fail)
    assert tracker.post(source, NEW).status_code == 503


def test_a_thread_that_is_stopped_while_it_writes_lets_nobody_believe_that_it_wrote(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped(BaseException):
        pass

    def stop(entries: object) -> None:
        raise Stopped

    def call(key: str) -> Call:
        return Call(source_id=source.pk, dedupe_key=key, body=b"", received_at=timezone.now())

    monkeypatch.setattr(inbox, "_insert", stop)
    others = inbox.Entry(call("1"))
    inbox._queue.append(others)
    with pytest.raises(Stopped):
        inbox.write(call("2"))
    assert others.is_done
    assert isinstance(others.error, OperationalError)  # which is answered by a 503
