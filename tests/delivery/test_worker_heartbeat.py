from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from sentry_twilio.delivery import chores, clock, worker_heartbeat
from sentry_twilio.delivery.models import WorkerHeartbeat
from sentry_twilio.delivery.sending import Sending
from tests.delivery.test_worker import until

from .provider import FakePlugin

pytestmark = pytest.mark.django_db


def alive() -> list[str]:
    return [row.name for row in worker_heartbeat.alive(timezone.now())]


def at(seconds: float) -> str:
    name = f"worker of {seconds} s"
    WorkerHeartbeat.objects.create(name=name, beat_at=timezone.now() + timedelta(seconds=seconds))
    return name


def test_a_process_has_one_row_however_often_it_beats() -> None:
    worker_heartbeat.beat()
    long_ago = timezone.now() - timedelta(hours=2)
    WorkerHeartbeat.objects.update(beat_at=long_ago)
    assert alive() == []
    worker_heartbeat.beat()
    assert alive() == [WorkerHeartbeat.objects.get().name]


def test_who_is_silent_is_not_alive() -> None:
    at(-worker_heartbeat.SILENT_SECONDS - 1)
    name = at(-worker_heartbeat.SILENT_SECONDS / 2)
    assert alive() == [name]


def test_a_sign_from_before_the_clock_was_set_back_is_none() -> None:
    at(3600)
    slightly_ahead = at(5)
    assert alive() == [slightly_ahead]


def test_a_day_s_silence_is_forgotten_and_so_is_the_far_future() -> None:
    for days in (-1.1, 1.1):
        at(days * 86400)
    kept = at(-3600)
    worker_heartbeat.beat()
    assert WorkerHeartbeat.objects.filter(name=kept).exists()
    assert WorkerHeartbeat.objects.count() == 2


def test_a_forked_process_is_another_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    worker_heartbeat.beat()
    monkeypatch.setattr("os.getpid", lambda: 4_194_305)
    worker_heartbeat.beat()
    assert len(alive()) == 2


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_stops_leaves_no_sign(plugin: FakePlugin) -> None:
    other = at(0)
    sending = Sending()
    thread = threading.Thread(target=sending.run)
    thread.start()
    try:
        until(lambda: len(alive()) == 2)
    finally:
        sending.stop()
        thread.join()
    assert alive() == [other]


def test_a_database_that_is_away_does_not_keep_a_worker_from_ending(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(WorkerHeartbeat.objects, "filter", away)
    monkeypatch.setattr(connection, "close", lambda: None)
    worker_heartbeat.stop()
    assert "could not sign off" in caplog.text


def test_each_process_that_sends_beats() -> None:
    assert worker_heartbeat.CHORE in chores.all_chores()
    assert worker_heartbeat.EVERY_SECONDS * 3 < worker_heartbeat.SILENT_SECONDS


def test_a_worker_that_does_not_get_round_gives_no_sign_of_life(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    long_ago = clock.elapsed() - worker_heartbeat.SILENT_SECONDS
    monkeypatch.setattr(worker_heartbeat, "_turned_at", long_ago)
    worker_heartbeat.beat()
    assert alive() == []
    worker_heartbeat.turned()
    worker_heartbeat.beat()
    assert len(alive()) == 1
    worker_heartbeat.rests()
    assert worker_heartbeat._turned_at is None
