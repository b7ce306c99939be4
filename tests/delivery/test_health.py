from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import OperationalError, connection
from django.utils import timezone

from sentry_twilio.delivery import health, worker_heartbeat
from sentry_twilio.delivery.models import Delivery, Halt, KnownSender, WorkerHeartbeat
from sentry_twilio.delivery.states import State
from sentry_twilio.projects.models import Project

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _worker(db: None) -> None:
    worker_heartbeat.beat()


def unwell() -> list[str]:
    return [check.name for check in health.check().checks if not check.ok]


def worker_sentence() -> str:
    (found,) = [check for check in health.check().checks if check.name == "worker"]
    return found.sentence


def overdue(**more: Any) -> None:
    due_at = timezone.now() - timedelta(seconds=400)
    Delivery.objects.update(due_at=due_at, created_at=due_at, **more)


def test_all_is_well(delivery: Delivery) -> None:
    found = health.check()
    assert found.is_well
    assert [check.name for check in found.checks] == [
        "database",
        "worker",
        "queue",
        "credentials",
        "keys",
    ]


def test_without_a_worker_it_is_unwell() -> None:
    WorkerHeartbeat.objects.update(beat_at=timezone.now() - timedelta(seconds=61))
    assert unwell() == ["worker"]
    assert worker_sentence().startswith("No worker has shown a sign of life for 60 s, so nothing")


def test_a_worker_that_signed_off_is_not_called_silent() -> None:
    WorkerHeartbeat.objects.all().delete()
    assert unwell() == ["worker"]
    assert worker_sentence().startswith("No worker is running, so nothing is sent.")


@pytest.mark.parametrize("state", [State.PENDING, State.SENDING, State.UNKNOWN])
def test_a_message_that_nobody_takes_is_overdue(delivery: Delivery, state: State) -> None:
    overdue(state=state)
    assert unwell() == ["queue"]
    (queue,) = [check for check in health.check().checks if not check.ok]
    assert queue.sentence.startswith("A message has been due for 400 s and nobody has sent it.")


def test_how_long_is_a_setting(delivery: Delivery, settings: Any) -> None:
    overdue()
    settings.OVERDUE_SECONDS = 500
    assert unwell() == []


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"due_at": timedelta(minutes=10)}, id="due later"),
        pytest.param({"lease_until": timedelta(seconds=30)}, id="somebody is at work on it"),
        pytest.param({"state": State.ACCEPTED}, id="only its status is to be asked for"),
        pytest.param({"state": State.HELD, "due_at": None}, id="held back"),
    ],
)
def test_what_waits_for_a_reason_is_not_overdue(
    delivery: Delivery, more: dict[str, timedelta | str | None]
) -> None:
    overdue()
    now = timezone.now()
    Delivery.objects.update(
        **{k: now + v if isinstance(v, timedelta) else v for k, v in more.items()}
    )
    assert unwell() == []


@pytest.mark.parametrize(
    ("closed_for", "expected"),
    [
        pytest.param(60, [], id="closed"),
        pytest.param(-200, [], id="opened a while ago"),
        pytest.param(-400, ["queue"], id="open for long"),
        pytest.param(7200, ["queue"], id="closed before the clock was set back"),
        pytest.param(None, ["queue"], id="never closed"),
    ],
)
def test_what_waits_behind_a_closed_gate_is_not_overdue(
    delivery: Delivery, closed_for: int | None, expected: list[str]
) -> None:
    overdue(sender_key="fake:account:line")
    until = closed_for and timezone.now() + timedelta(seconds=closed_for)
    KnownSender.objects.create(key="fake:account:line", width=1, closed_until=until)
    assert unwell() == expected


def test_a_lease_from_before_the_clock_was_set_back_is_none(delivery: Delivery) -> None:
    overdue(lease_until=timezone.now() + timedelta(hours=5))
    assert unwell() == ["queue"]


def test_refused_credentials_are_told_without_saying_whose(project: Project) -> None:
    for plugin in ("fake", "other"):
        Halt.objects.create(project=project, plugin=plugin, code=20003, reason="Wrong token.")
    found = health.check()
    assert [check.name for check in found.checks if not check.ok] == ["credentials"]
    said = json.dumps([check.sentence for check in found.checks])
    assert "1 project sends nothing" in said
    assert project.name not in said
    assert "token" not in said


def test_keys_that_do_not_fit_are_told_without_saying_whose(
    project: Project, settings: Any
) -> None:
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert unwell() == ["keys"]
    (keys,) = [check for check in health.check().checks if not check.ok]
    assert "encryption keys do not fit" in keys.sentence
    assert project.name not in keys.sentence


def test_a_database_that_is_away_is_an_answer_and_no_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("gone")

    closed = []
    monkeypatch.setattr(health, "_look", away)
    monkeypatch.setattr(connection, "close", lambda: closed.append(True))
    found = health.check()
    assert [(check.name, check.ok) for check in found.checks] == [("database", False)]
    assert not found.is_well
    assert closed


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no such timeout")
def test_a_database_that_hangs_counts_as_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(now: object) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(60)")

    monkeypatch.setattr(health, "_LOOKS", (hang,))
    monkeypatch.setattr(health, "ANSWER_SECONDS", 1)
    monkeypatch.setattr(connection, "close", lambda: None)
    assert [check.name for check in health.check().checks] == ["database"]


def test_on_sqlite_it_waits_for_no_writer(
    django_assert_num_queries: Callable[..., Any], delivery: Delivery
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's readers wait for nobody")
    with django_assert_num_queries(5) as captured:
        health.check()
    assert all(query["sql"].startswith("SELECT") for query in captured.captured_queries)


def test_the_queue_is_looked_at_by_its_index(delivery: Delivery) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # So few rows are read faster as they lie.
            cursor.execute("SET LOCAL enable_seqscan = off")
    plan = health.waiting(timezone.now()).order_by("due_at").values_list("due_at")[:1].explain()
    assert "delivery_due" in plan
