"""Whether the host does what it is for, as far as it can tell by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from sentry_twilio.delivery import gate, worker_heartbeat
from sentry_twilio.delivery.choice import free
from sentry_twilio.delivery.models import Delivery, Halt, KnownSender, WorkerHeartbeat
from sentry_twilio.delivery.states import State
from sentry_twilio.projects import store

ANSWER_SECONDS = 3
"""How long PostgreSQL may take for all the checks together, before it counts as away."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `sentence` names no project, number or secret."""

    name: str
    ok: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Health:
    """What was found. Where the database is away, nothing else could be looked at."""

    checks: tuple[Check, ...]

    @property
    def is_well(self) -> bool:
        return all(check.ok for check in self.checks)


def check() -> Health:
    """Look at the database, the workers, the queue, the credentials and the keys: a few short
    queries, each by an index. Never raises because the database is away: that is what it tells.
    """
    try:
        if connection.vendor != "postgresql":
            # No transaction: on SQLite it would wait for whoever writes.
            return Health(_look(timezone.now()))
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{ANSWER_SECONDS}s'")
            return Health(_look(timezone.now()))
    except (DatabaseError, InterfaceError, OSError):
        # The next one finds out anew, with a connection of its own.
        connection.close()
        return Health((_DATABASE_AWAY,))


_DATABASE_AWAY = Check(
    "database",
    False,
    "The database does not answer. Nothing is taken in or sent until it does; "
    "what is in it is not lost.",
)


def _look(now: datetime) -> tuple[Check, ...]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    answers = Check("database", True, "The database answers.")
    return (answers, *(look(now) for look in _LOOKS))


def _worker(now: datetime) -> Check:
    if worker_heartbeat.alive(now).exists():
        return Check("worker", True, "A worker is alive.")
    # One that ends in an orderly way signs off at once; one that was killed falls silent.
    what = (
        f"No worker has shown a sign of life for {worker_heartbeat.SILENT_SECONDS} s"
        if WorkerHeartbeat.objects.exists()
        else "No worker is running"
    )
    return Check(
        "worker",
        False,
        f"{what}, so nothing is sent. Start `sentry-twilio serve` or `sentry-twilio worker`, and "
        "see its log.",
    )


def _queue(now: datetime) -> Check:
    oldest = oldest_due(now)
    waited = (now - oldest).total_seconds() if oldest else 0.0
    if waited <= settings.OVERDUE_SECONDS:
        return Check("queue", True, "No message waits for a worker for long.")
    return Check(
        "queue",
        False,
        f"A message has been due for {waited:.0f} s and nobody has sent it. The workers are too "
        "few, or cannot go on: see their log.",
    )


def _credentials(now: datetime) -> Check:
    halted = Halt.objects.filter(on_trial=False).values("project").distinct().count()
    if not halted:
        return Check("credentials", True, "No project's credentials are known to be refused.")
    projects = "1 project sends" if halted == 1 else f"{halted} projects send"
    return Check(
        "credentials",
        False,
        f"{projects} nothing, because the provider refuses the credentials. The dashboard says "
        "which; enter them anew in the plugin's settings.",
    )


def _keys(now: datetime) -> Check:
    if store.keys_fit():
        return Check("keys", True, "The stored settings can be decrypted.")
    return Check(
        "keys",
        False,
        "This process cannot decrypt stored settings: its encryption keys do not fit them, so it "
        "can neither send nor tell the fallback. Give it the keys of the machine where they were "
        "changed (the file encryption_keys, or ENCRYPTION_KEYS).",
    )


_LOOKS: tuple[Callable[[datetime], Check], ...] = (_worker, _queue, _credentials, _keys)


def oldest_due(now: datetime) -> datetime | None:
    """Since when the oldest message could have been sent or looked up, and was not.

    A message that somebody is at work on does not count, nor one whose sender was told to
    pause: the worker has to wait for that, and may need as long again to catch up.
    """
    return waiting(now).order_by("due_at").values_list("due_at", flat=True).first()


def waiting(now: datetime) -> QuerySet[Delivery]:
    """What is due and nobody is at work on, behind no closed gate.

    Questions after the status of what was accepted are left out: late, they harm nobody.
    """
    return (
        Delivery.objects.filter(free(now), due_at__lte=now)
        .exclude(state=State.ACCEPTED)
        .exclude(sender_key__in=paused_senders(now).values("key"))
    )


def paused_senders(now: datetime) -> QuerySet[KnownSender]:
    """Senders whose gate is closed, or was within the time after which a wait is overdue."""
    lately = now - timedelta(seconds=settings.OVERDUE_SECONDS)
    return KnownSender.objects.filter(
        closed_until__gt=lately, closed_until__lte=now + gate.LONGEST_PAUSE
    )
