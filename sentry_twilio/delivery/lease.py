"""Taking what is due, so that no two workers do the same."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from sentry_twilio.core import Message
from sentry_twilio.delivery import clock
from sentry_twilio.delivery.job import Action, Job
from sentry_twilio.delivery.models import Attempt, Delivery
from sentry_twilio.delivery.senders import Address, Line, NoLine
from sentry_twilio.delivery.states import State
from sentry_twilio.projects.transactions import writing

FindLines = Callable[[Iterable[Address]], dict[Address, Line | NoLine]]

LATE = "It could not be sent while it was still useful."

_ACTIONS: dict[str, Action] = {
    State.PENDING: "send",
    # Its worker died, or lost its lease: nobody knows whether the request went out.
    State.SENDING: "look_up",
    State.UNKNOWN: "look_up",
    State.ACCEPTED: "ask",
}


def take(find_lines: FindLines, limit: int, busy: Collection[int] = ()) -> list[Job]:
    """Lease up to `limit` due deliveries and say what to do about each.

    What is to be sent is `sending`, with its attempt written down, before this returns.
    `busy` are deliveries that the caller is at work on: their leases may seem to have ended
    where the clock jumped.
    """
    now = timezone.now()
    due = _due(now).exclude(pk__in=busy)
    # Most looks find nothing, and a look takes no lock.
    if not due.exists():
        return []
    lease, deadline = secrets.token_hex(8), clock.elapsed() + settings.LEASE_SECONDS
    with writing():
        # All at once: after an outage, a crowd of them would stand before what is fresh.
        due.filter(state=State.PENDING, expires_at__lte=now).update(
            state=State.EXPIRED, due_at=None, finished_at=now, reason=LATE
        )
        rows = _choose(due, limit)
        lines = find_lines((row.project_id, row.plugin) for row in rows)
        _mark(rows, lease, now)
        attempts = _start_attempts(
            [row for row in rows if row.state == State.PENDING], lines, now
        ) | _last_attempts([row for row in rows if row.state != State.PENDING])
        known = _known_sids([row for row in rows if _ACTIONS[row.state] == "look_up"], attempts)
    jobs = []
    for row in rows:
        attempt = attempts[row.pk]
        jobs.append(
            Job(
                action=_ACTIONS[row.state],
                delivery=row.pk,
                message=Message(to=row.recipient, body=row.body),
                sid=row.sid,
                expires_at=row.expires_at,
                attempt=attempt.pk,
                token=attempt.token,
                sender_key=attempt.sender_key,
                attempted_at=attempt.started_at,
                line=lines[row.project_id, row.plugin],
                lease=lease,
                deadline=deadline,
                known_sids=known.get((row.plugin, row.recipient), frozenset()),
            )
        )
    return jobs


def _due(now: datetime) -> QuerySet[Delivery]:
    """What nobody is at work on and is due, even where the clock was set back meanwhile."""
    span = timedelta(seconds=settings.LEASE_SECONDS)
    # A lease that ends later than any could was written before the clock was set back, and so
    # was what has not been made yet.
    free = Q(lease_until=None) | Q(lease_until__lte=now) | Q(lease_until__gt=now + 2 * span)
    untouched = Q(state=State.PENDING, tries=0, created_at__gt=now + span)
    return Delivery.objects.filter(free, Q(due_at__lte=now) | untouched, due_at__isnull=False)


def _choose(due: QuerySet[Delivery], limit: int) -> list[Delivery]:
    """What waits to be sent goes before questions about what was."""
    ordered = due.order_by("due_at").select_for_update(skip_locked=True)
    rows = list(ordered.filter(state=State.PENDING)[:limit])
    if len(rows) < limit:
        rows += ordered.exclude(state=State.PENDING)[: limit - len(rows)]
    return rows


def _mark(rows: Iterable[Delivery], lease: str, now: datetime) -> None:
    """Write the lease, and into the state that each row's action is in the middle of."""
    leased = {"lease_until": now + timedelta(seconds=settings.LEASE_SECONDS), "lease": lease}
    changes: dict[str, dict[str, Any]] = {
        State.PENDING: {"state": State.SENDING, "tries": F("tries") + 1},
        State.SENDING: {"state": State.UNKNOWN, "questions": 0},
    }
    ids: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        ids[row.state].append(row.pk)
    for state, of_state in ids.items():
        Delivery.objects.filter(pk__in=of_state).update(**leased, **changes.get(state, {}))


def _start_attempts(
    rows: list[Delivery], lines: dict[Address, Line | NoLine], now: datetime
) -> dict[int, Attempt]:
    made = Attempt.objects.bulk_create(
        Attempt(
            delivery=row,
            number=row.tries + 1,
            started_at=now,
            sender_key=line.sender.key[:120]
            if isinstance(line := lines[row.project_id, row.plugin], Line)
            else "",
        )
        for row in rows
    )
    return {attempt.delivery_id: attempt for attempt in made}


def _last_attempts(rows: list[Delivery]) -> dict[int, Attempt]:
    found = Attempt.objects.filter(delivery__in=rows).order_by("number") if rows else ()
    return {attempt.delivery_id: attempt for attempt in found}


def _known_sids(
    rows: list[Delivery], attempts: dict[int, Attempt]
) -> dict[tuple[str, str], frozenset[str]]:
    """What belongs to other deliveries of the same recipients, so that none is found twice."""
    known: dict[tuple[str, str], set[str]] = defaultdict(set)
    if rows:
        since = min(attempts[row.pk].started_at for row in rows) - timedelta(hours=1)
        taken = Delivery.objects.exclude(sid="").filter(
            recipient__in={row.recipient for row in rows}, accepted_at__gte=since
        )
        for plugin, recipient, sid in taken.values_list("plugin", "recipient", "sid"):
            known[plugin, recipient].add(sid)
    return {key: frozenset(sids) for key, sids in known.items()}
