"""Taking what is due, so that no two workers do the same."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from sentry_twilio.core import Message
from sentry_twilio.delivery.models import Attempt, Delivery
from sentry_twilio.delivery.states import State
from sentry_twilio.projects.transactions import writing

Action = Literal["send", "look_up", "ask"]


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to do about one delivery, with all that a thread without a database needs.

    `deadline` is a moment of `time.monotonic()` at which the lease ends.
    """

    action: Action
    owner: str
    delivery: int
    project: int
    plugin: str
    message: Message
    sid: str
    expires_at: datetime
    attempt: int
    token: str
    attempted_at: datetime
    deadline: float
    known_sids: frozenset[str] = frozenset()


def take(owner: str, limit: int) -> list[Job]:
    """Lease up to `limit` due deliveries for `owner` and say what to do about each.

    What is to be sent is `sending`, with its attempt written down, before this returns.
    """
    now = timezone.now()
    span = timedelta(seconds=settings.LEASE_SECONDS)
    deadline = time.monotonic() + settings.LEASE_SECONDS
    # A lease that ends later than any could was written before the clock was set back.
    free = Q(lease_until=None) | Q(lease_until__lte=now) | Q(lease_until__gt=now + 2 * span)
    due = Delivery.objects.filter(free, due_at__lte=now).order_by("due_at")
    # Most looks find nothing, and a look takes no lock.
    if not due.exists():
        return []
    with writing():
        rows = list(due.select_for_update(skip_locked=True)[:limit])
        plan = _plan(rows, now)
        _update(plan["expire"], state=State.EXPIRED, due_at=None, finished_at=now, reason=_LATE)
        leased = {"lease_until": now + span, "lease_owner": owner}
        _update(plan["send"], state=State.SENDING, tries=F("tries") + 1, **leased)
        _update(plan["crashed"], state=State.UNKNOWN, questions=0, **leased)
        _update(plan["look_up"] + plan["ask"], **leased)
        attempts = _start_attempts(plan["send"], now)
        attempts |= _last_attempts(plan["crashed"] + plan["look_up"] + plan["ask"])
    known = _known_sids(plan["crashed"] + plan["look_up"])
    actions: dict[str, Action] = {
        "send": "send",
        "crashed": "look_up",
        "look_up": "look_up",
        "ask": "ask",
    }
    return [
        _job(action, owner, row, attempts[row.pk], deadline, known)
        for step, action in actions.items()
        for row in plan[step]
    ]


_LATE = "It could not be sent while it was still useful."


def _plan(rows: Iterable[Delivery], now: datetime) -> dict[str, list[Delivery]]:
    plan: dict[str, list[Delivery]] = defaultdict(list)
    for row in rows:
        if row.state == State.PENDING:
            plan["expire" if row.expires_at <= now else "send"].append(row)
        elif row.state == State.SENDING:
            # Its worker died, or lost its lease: nobody knows whether the request went out.
            plan["crashed"].append(row)
        elif row.state == State.UNKNOWN:
            plan["look_up"].append(row)
        else:
            plan["ask"].append(row)
    return plan


def _update(rows: list[Delivery], **changes: object) -> None:
    if rows:
        Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(**changes)


def _start_attempts(rows: list[Delivery], now: datetime) -> dict[int, Attempt]:
    made = Attempt.objects.bulk_create(
        Attempt(delivery=row, number=row.tries + 1, started_at=now) for row in rows
    )
    return {attempt.delivery_id: attempt for attempt in made}


def _last_attempts(rows: list[Delivery]) -> dict[int, Attempt]:
    found = Attempt.objects.filter(delivery__in=rows).order_by("number") if rows else ()
    return {attempt.delivery_id: attempt for attempt in found}


def _known_sids(rows: list[Delivery]) -> dict[tuple[str, str], frozenset[str]]:
    """What belongs to other deliveries of the same recipients, so that none is found twice."""
    known: dict[tuple[str, str], set[str]] = defaultdict(set)
    if rows:
        since = min(row.created_at for row in rows) - timedelta(hours=1)
        taken = Delivery.objects.exclude(sid="").filter(
            recipient__in={row.recipient for row in rows}, created_at__gte=since
        )
        for plugin, recipient, sid in taken.values_list("plugin", "recipient", "sid"):
            known[plugin, recipient].add(sid)
    return {key: frozenset(sids) for key, sids in known.items()}


def _job(
    action: Action,
    owner: str,
    row: Delivery,
    attempt: Attempt,
    deadline: float,
    known: dict[tuple[str, str], frozenset[str]],
) -> Job:
    return Job(
        action=action,
        owner=owner,
        delivery=row.pk,
        project=row.project_id,
        plugin=row.plugin,
        message=Message(to=row.recipient, body=row.body),
        sid=row.sid,
        expires_at=row.expires_at,
        attempt=attempt.pk,
        token=attempt.token,
        attempted_at=attempt.started_at,
        deadline=deadline,
        known_sids=known.get((row.plugin, row.recipient), frozenset()),
    )
