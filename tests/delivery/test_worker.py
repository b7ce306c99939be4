"""The worker with its real threads and a database that other threads see."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from sentry_twilio.core import Accepted, Alert, Message
from sentry_twilio.delivery import clock, health, lease, results, worker_heartbeat
from sentry_twilio.delivery.calls import call
from sentry_twilio.delivery.crew import Task
from sentry_twilio.delivery.job import Job, Result
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.delivery.outbox import enqueue
from sentry_twilio.delivery.worker import Worker
from sentry_twilio.projects.models import Project

from .provider import FakePlugin

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def start(transactional_db: None) -> Iterator[Callable[..., Worker]]:
    running: list[tuple[Worker, threading.Thread]] = []

    def start(threads: int = 4) -> Worker:
        worker = Worker(threads)
        thread = threading.Thread(target=worker.run)
        thread.start()
        running.append((worker, thread))
        return worker

    yield start
    for worker, _ in running:
        worker.stop()
    for _, thread in running:
        thread.join(20)
        assert not thread.is_alive()


def until(true: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.01)


def accepted() -> int:
    return Delivery.objects.filter(state="accepted").count()


def test_two_workers_send_everything_once(
    project: Project, plugin: FakePlugin, alert: Alert, start: Callable[..., Worker]
) -> None:
    recipients = [f"+1415555{n:04}" for n in range(10)]
    plugin.set_option("to", ",".join(recipients), project)
    for n in range(10):
        enqueue(project, replace(alert, title=f"It broke {n}"))
    start()
    start()
    until(lambda: accepted() == 100)
    assert sorted(message.to for message in plugin.provider.requests) == sorted(recipients * 10)
    assert not Delivery.objects.exclude(lease="").exists()


def test_what_is_enqueued_later_is_sent_at_once(
    project: Project,
    plugin: FakePlugin,
    alert: Alert,
    start: Callable[..., Worker],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sentry_twilio.delivery.worker.IDLE_SECONDS", 60)
    start()
    time.sleep(0.3)  # let it find nothing and go to sleep
    enqueue(project, alert)
    until(lambda: accepted() == 1)


def test_it_survives_whatever_goes_wrong(
    project: Project,
    plugin: FakePlugin,
    alert: Alert,
    start: Callable[..., Worker],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sentry_twilio.delivery.worker.IDLE_SECONDS", 0.05)
    real, failures = lease.take, []

    def take(*arguments: Any) -> list[Job]:
        if len(failures) < 3:
            failures.append(arguments)
            raise OverflowError("date value out of range")
        return real(*arguments)

    monkeypatch.setattr(lease, "take", take)
    enqueue(project, alert)
    start()
    until(lambda: accepted() == 1)
    assert len(failures) == 3


def test_it_stops_though_the_database_stays_away(
    project: Project,
    plugin: FakePlugin,
    alert: Alert,
    start: Callable[..., Worker],
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
) -> None:
    monkeypatch.setattr("sentry_twilio.delivery.worker.IDLE_SECONDS", 0.05)

    def away(found: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(results, "write", away)
    enqueue(project, alert)
    worker = start()
    until(lambda: bool(plugin.provider.requests))
    settings.LEASE_SECONDS = 1
    worker.stop()  # the fixture waits for its end


def test_it_sends_at_the_same_time_but_no_more_than_its_threads(
    project: Project, plugin: FakePlugin, alert: Alert, start: Callable[..., Worker]
) -> None:
    plugin.set_option("to", ",".join(f"+{n}" for n in range(12)), project)
    inside: list[int] = []
    peak: list[int] = []

    def slow(message: Message, number: int) -> Accepted:
        inside.append(1)
        peak.append(len(inside))
        time.sleep(0.05)
        inside.pop()
        return plugin.provider.accept(message)

    plugin.provider.script = slow
    enqueue(project, alert)
    start(4)
    until(lambda: accepted() == 12)
    assert 2 <= max(peak) <= 4


def test_stopping_finishes_what_is_under_way_and_begins_nothing_new(
    project: Project, plugin: FakePlugin, alert: Alert, start: Callable[..., Worker]
) -> None:
    plugin.set_option("to", "+1,+2,+3,+4", project)
    begun, go_on = threading.Event(), threading.Event()

    def wait(message: Message, number: int) -> Accepted:
        begun.set()
        assert go_on.wait(10)
        return plugin.provider.accept(message)

    plugin.provider.script = wait
    enqueue(project, alert)
    worker = start(1)
    assert begun.wait(10)
    worker.stop()
    go_on.set()
    until(lambda: not Delivery.objects.exclude(lease="").exists())
    assert len(plugin.provider.requests) == 1
    states = sorted(Delivery.objects.values_list("state", flat=True))
    assert states == ["accepted", "pending", "pending", "pending"]


def test_a_call_that_never_ends_is_looked_into_and_keeps_no_thread_from_the_others(
    project: Project,
    plugin: FakePlugin,
    alert: Alert,
    start: Callable[..., Worker],
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
) -> None:
    monkeypatch.setattr("sentry_twilio.delivery.worker.GRACE_SECONDS", 0.1)
    settings.LEASE_SECONDS = 2
    go_on = threading.Event()

    def hang(message: Message, number: int) -> Accepted:
        found = plugin.provider.accept(message)
        assert message.body != alert.title or go_on.wait(60)
        return found

    plugin.provider.script = hang
    enqueue(project, alert)
    start(1)
    until(lambda: bool(plugin.provider.requests))
    enqueue(project, replace(alert, title="Another one"))
    until(lambda: accepted() == 2)
    assert not go_on.is_set()
    go_on.set()
    assert len(plugin.provider.accepted) == 2


class Limit:
    """Whether the system has threads for senders, and how often it had none."""

    def __init__(self) -> None:
        self.lifted = threading.Event()
        self.refused = 0


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> Limit:
    real, limit = threading.Thread.start, Limit()

    def begin(thread: threading.Thread) -> None:
        if thread.name == "sender" and not limit.lifted.is_set():
            limit.refused += 1
            raise RuntimeError("can't start new thread")
        real(thread)

    monkeypatch.setattr(threading.Thread, "start", begin)
    return limit


def test_a_worker_that_gets_no_threads_shows_in_the_health_until_it_gets_some(
    project: Project,
    plugin: FakePlugin,
    alert: Alert,
    limit: Limit,
    start: Callable[..., Worker],
    settings: Any,
) -> None:
    settings.LEASE_SECONDS, settings.OVERDUE_SECONDS = 2, 1
    for n in range(12):
        enqueue(project, replace(alert, title=f"It broke {n}"))
    start(2)

    def is_well() -> bool:
        (queue,) = (check for check in health.check().checks if check.name == "queue")
        return queue.ok

    until(lambda: not is_well() and limit.refused > 5, 60)
    assert plugin.provider.requests == []
    limit.lifted.set()
    until(lambda: accepted() == 12, 60)
    assert len(plugin.provider.requests) == 12
    assert is_well()


def test_it_stops_though_a_call_never_ends(
    project: Project,
    plugin: FakePlugin,
    alert: Alert,
    start: Callable[..., Worker],
    settings: Any,
) -> None:
    go_on = threading.Event()

    def hang(message: Message, number: int) -> Accepted:
        go_on.wait(60)
        return plugin.provider.accept(message)

    plugin.provider.script = hang
    enqueue(project, alert)
    worker = start(1)
    until(lambda: bool(plugin.provider.requests))
    settings.LEASE_SECONDS = 1
    worker.stop()
    until(lambda: worker_heartbeat._turned_at is None)
    assert not go_on.is_set()
    go_on.set()


def test_an_answer_that_comes_after_all_does_not_end_the_call_that_took_its_place(
    project: Project, plugin: FakePlugin, alert: Alert, take: Callable[..., list[Job]]
) -> None:
    enqueue(project, alert)
    (late,) = take()
    worker = Worker(1)
    worker._busy[late.delivery] = (anew := replace(late, lease="another")), Task(lambda: None)
    worker._forget(late)
    assert late.delivery in worker._busy
    worker._forget(anew)
    assert worker._busy == {}


def test_an_outcome_survives_a_database_that_is_away(
    project: Project,
    plugin: FakePlugin,
    alert: Alert,
    start: Callable[..., Worker],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sentry_twilio.delivery.worker.IDLE_SECONDS", 0.05)
    real, failures = results.write, []

    def write(found: object) -> None:
        if len(failures) < 3:
            failures.append(found)
            raise OperationalError("gone")
        real(found)  # type: ignore[arg-type]

    monkeypatch.setattr(results, "write", write)
    enqueue(project, alert)
    start()
    until(lambda: accepted() == 1)
    assert len(failures) == 3
    assert len(plugin.provider.requests) == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no stand-by")
def test_an_outcome_survives_a_database_that_has_become_a_standby(
    project: Project, plugin: FakePlugin, alert: Alert, take: Callable[..., list[Job]]
) -> None:
    enqueue(project, alert)
    (job,) = take()
    result = Result(job, call(job))
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    with pytest.raises(OperationalError, match="stand-by"):
        results.write([result])
    results.write([result])  # as the worker does a second later
    assert accepted() == 1


def test_a_request_is_not_begun_with_less_lease_than_it_may_take(
    project: Project, plugin: FakePlugin, alert: Alert, take: Callable[..., list[Job]]
) -> None:
    enqueue(project, alert)
    (job,) = take()
    late = replace(job, deadline=clock.elapsed() + 0.5)  # the sender may take 1 s
    results.write([Result(late, call(late))])
    delivery = Delivery.objects.get()
    assert delivery.state == "pending"
    assert timezone.now() < delivery.due_at < timezone.now() + timedelta(seconds=2)
    assert plugin.provider.requests == []


def test_a_sender_that_is_slower_than_any_lease_is_a_mistake_in_the_settings(
    project: Project, alert: Alert, work: Callable[[], int], settings: Any
) -> None:
    settings.LEASE_SECONDS = 1
    enqueue(project, alert)
    work()
    delivery = Delivery.objects.get()
    assert delivery.state == "refused"
    assert "LEASE_SECONDS" in delivery.reason
