"""Taking what is due, so that no two workers do the same."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from sentry_twilio.core import Message
from sentry_twilio.delivery import clock, expiry, gate, look_up
from sentry_twilio.delivery.admission import admit
from sentry_twilio.delivery.caps import LOCK
from sentry_twilio.delivery.choice import choose, due_rows
from sentry_twilio.delivery.job import Action, Job
from sentry_twilio.delivery.models import Attempt, Delivery
from sentry_twilio.delivery.senders import Address, Line, Route, address_of
from sentry_twilio.delivery.states import State
from sentry_twilio.projects.transactions import writing

FindRoutes = Callable[[Iterable[Address]], dict[Address, Route]]

_ACTIONS: dict[str, Action] = {
    State.PENDING: "send",
    # Its worker died, or lost its lease: nobody knows whether the request went out.
    State.SENDING: "look_up",
    State.UNKNOWN: "look_up",
    State.ACCEPTED: "ask",
}


ROUNDS = 25
"""How many batches a look goes through at most, where what it finds may not go. A storm that is
held back anyway would otherwise keep everybody else waiting for a worker's next look, and the
next one."""


def take(find_routes: FindRoutes, limit: int, busy: Collection[int] = ()) -> list[Job]:
    """Lease up to `limit` due deliveries and say what to do about each.

    What is to be sent is `sending`, with its attempt written down, before this returns.
    `busy` are deliveries that the caller is at work on.
    """
    for _ in range(ROUNDS):
        chosen, jobs = _take_batch(find_routes, limit, busy)
        # What is found begins at once; and were a later round to fail, it would be nobody's.
        if jobs or chosen < limit:
            return jobs
    return []


def _take_batch(
    find_routes: FindRoutes, limit: int, busy: Collection[int]
) -> tuple[int, list[Job]]:
    """How many rows were looked at, and what is to be done about those that may go."""
    # Most looks find nothing, and a look takes no lock.
    if not due_rows(timezone.now(), busy).exists():
        return 0, []
    with writing(one_at_a_time=LOCK):
        # Only now: others may have let messages go while this one waited for its turn.
        now, lease = timezone.now(), secrets.token_hex(8)
        deadline = clock.elapsed() + settings.LEASE_SECONDS
        due = due_rows(now, busy)
        untold = expiry.expire(due, now)
        rooms = gate.rooms(now)
        rows = choose(due, rooms, limit)
        routes = find_routes(address_of(row) for row in rows)
        pending = [row for row in rows if row.state == State.PENDING]
        sent = admit(pending, routes, rooms, now, untold)
        others = [row for row in rows if row.state != State.PENDING]
        _mark(sent, others, lease, now)
        attempts = _start_attempts(sent, routes, now) | _last_attempts(others)
        lost = [row for row in others if row.state != State.ACCEPTED]
        since = look_up.since(lost, attempts)
        known = look_up.known_sids(lost, since)
    jobs = []
    for row in [*others, *sent]:
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
                look_since=since.get(row.pk, attempt.started_at),
                line=routes[address_of(row)].line,
                lease=lease,
                deadline=deadline,
                known_sids=known.get((row.plugin, row.recipient), frozenset()),
            )
        )
    return len(rows), jobs


def _mark(sent: list[Delivery], others: list[Delivery], lease: str, now: datetime) -> None:
    """Write the lease, and into the state that each row's action is in the middle of."""
    until = now + timedelta(seconds=settings.LEASE_SECONDS)
    if sent:
        Delivery.objects.filter(pk__in=[row.pk for row in sent]).update(
            state=State.SENDING,
            tries=F("tries") + 1,
            slot_at=Coalesce("slot_at", Value(now, output_field=DateTimeField())),
            lease_until=until,
            lease=lease,
        )
    if others:
        rows = Delivery.objects.filter(pk__in=[row.pk for row in others])
        rows.update(lease_until=until, lease=lease)
        rows.filter(state=State.SENDING).update(state=State.UNKNOWN, questions=0)


def _start_attempts(
    rows: list[Delivery], routes: dict[Address, Route], now: datetime
) -> dict[int, Attempt]:
    made = Attempt.objects.bulk_create(
        Attempt(
            delivery=row,
            number=row.tries + 1,
            started_at=now,
            sender_key=row.sender_key if isinstance(routes[address_of(row)].line, Line) else "",
        )
        for row in rows
    )
    return {attempt.delivery_id: attempt for attempt in made}


def _last_attempts(rows: list[Delivery]) -> dict[int, Attempt]:
    found = Attempt.objects.filter(delivery__in=rows).order_by("number") if rows else ()
    return {attempt.delivery_id: attempt for attempt in found}
