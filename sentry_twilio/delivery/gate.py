"""How many messages a sender may have under way at the same time, for all workers together.

A provider that says "too many requests" (Twilio's 20429) refused them before it did anything.
The sender's gate then closes for a moment for everybody, and opens gradually: half as wide as
it was, and one wider with each message that is accepted.
https://www.twilio.com/docs/api/errors/20429
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from sentry_twilio.core import Accepted, Refused
from sentry_twilio.delivery.job import Result
from sentry_twilio.delivery.models import Delivery, KnownSender
from sentry_twilio.delivery.states import State

PAUSE_FIRST, PAUSE_CAP = 0.1, 30.0
"""Seconds, doubling with each closing in a row: Twilio's own advice."""
UNDER_WAY_SECONDS = 10
"""For how long a message counts as under way. A provider that answers later than this is not
kept busy by more than a few."""
LONGEST_PAUSE = timedelta(hours=1)
"""Whatever a provider asks for. A gate that is closed for longer was so before the clock was set
back, and is open."""
FORGOTTEN = timedelta(minutes=70)
"""A gate that nothing has closed since then is open: most senders have too little to say to open
it by themselves."""
WIDE_OPEN = 100
"""At this width a gate is open again; no worker has more threads than that by default."""


def rooms(now: datetime) -> dict[str, int]:
    """How many more each sender may begin; who is not named may begin any number."""
    gates = list(
        KnownSender.objects.filter(
            width__isnull=False, changed_at__gt=now - FORGOTTEN, changed_at__lte=now + LONGEST_PAUSE
        )
    )
    if not gates:
        return {}
    under_way = dict(
        _being_sent(now)
        .filter(sender_key__in=[gate.key for gate in gates])
        .values_list("sender_key")
        .annotate(Count("id"))
    )
    return {
        gate.key: 0
        if _is_closed(gate, now)
        else max(0, (gate.width or 0) - under_way.get(gate.key, 0))
        for gate in gates
    }


def _is_closed(gate: KnownSender, now: datetime) -> bool:
    until = gate.closed_until
    return until is not None and now < until <= now + LONGEST_PAUSE


@dataclass(slots=True)
class _Seen:
    """What a batch of results says of one sender."""

    refused: list[Result] = field(default_factory=list)
    accepted: int = 0


def learn(results: Sequence[Result], now: datetime) -> None:
    """Close and open gates by what came of a batch of attempts to send, in the caller's
    transaction."""
    seen: dict[str, _Seen] = {}
    for result in results:
        if not result.job.sender_key:
            continue
        if isinstance(result.answer, Accepted):
            seen.setdefault(result.job.sender_key, _Seen()).accepted += 1
        elif isinstance(result.answer, Refused) and result.answer.kind == "rate_limited":
            seen.setdefault(result.job.sender_key, _Seen()).refused.append(result)
    if not seen:
        return
    gates = {
        gate.key: gate
        for gate in KnownSender.objects.select_for_update()
        .filter(Q(width__isnull=False) | Q(key__in=[key for key in seen if seen[key].refused]))
        .filter(key__in=seen)
        .order_by("key")
    }
    # In one order everywhere, so that two workers cannot wait for each other.
    for key in sorted(seen):
        if seen[key].refused:
            gate = gates.get(key) or KnownSender.objects.get_or_create(key=key)[0]
            _close(gate, seen[key].refused, now)
            gate.save()
        elif (found := gates.get(key)) and found.width is not None:
            _open(found, seen[key].accepted)
            found.save()


def _close(gate: KnownSender, refused: list[Result], now: datetime) -> None:
    asked = [r.answer.retry_after or 0.0 for r in refused if isinstance(r.answer, Refused)]
    # A gate that was changed tomorrow was so before the clock was set back.
    last = gate.changed_at if gate.changed_at and gate.changed_at <= now else None
    fresh = [r for r in refused if last is None or r.job.attempted_at > last]
    pause = max(asked)
    if fresh:
        # A crowd that was sent together and refused together closes the gate once.
        gate.closings = min(gate.closings + 1, 100)
        usual = min(PAUSE_CAP, PAUSE_FIRST * 2 ** (gate.closings - 1))
        pause = max(pause, usual * random.uniform(0.9, 1.1))  # noqa: S311  (not a secret)
        gate.width = max(1, (gate.width or _under_way(gate.key, now) + len(refused)) // 2)
        gate.changed_at = now
    if pause:
        until = now + timedelta(seconds=min(pause, LONGEST_PAUSE.total_seconds()))
        gate.closed_until = max(until, gate.closed_until or until)


def _open(gate: KnownSender, accepted: int) -> None:
    gate.closings = 0
    gate.width = (gate.width or 0) + accepted
    if gate.width >= WIDE_OPEN:
        gate.width = gate.closed_until = None


def _under_way(key: str, now: datetime) -> int:
    return _being_sent(now).filter(sender_key=key).count()


def _being_sent(now: datetime) -> QuerySet[Delivery]:
    # What a killed worker leaves behind is `sending` until its lease ends. It is no request any
    # more, and would keep a narrow gate shut until then.
    begun = now - timedelta(seconds=UNDER_WAY_SECONDS)
    # By the small index of what is due, whatever a million old rows do to the statistics.
    return Delivery.objects.filter(
        state=State.SENDING,
        due_at__isnull=False,
        lease_until__gt=begun + timedelta(seconds=settings.LEASE_SECONDS),
    )
