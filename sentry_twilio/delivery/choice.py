"""Which of the due rows come first."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from sentry_twilio.delivery import schedule
from sentry_twilio.delivery.due import due_by
from sentry_twilio.delivery.lanes import Lane
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.delivery.states import State

_DOABLE = (State.PENDING, State.SENDING, State.UNKNOWN, State.ACCEPTED)


def due_rows(now: datetime, busy: Collection[int] = ()) -> QuerySet[Delivery]:
    """What nobody is at work on and is due, even where the clock was set back meanwhile.

    `busy` are deliveries that the caller is at work on: their leases may seem to have ended
    where the clock jumped.
    """
    span = timedelta(seconds=settings.LEASE_SECONDS)
    longest = timedelta(seconds=2 * schedule.RETRY_CAP)
    # What seems not to be made yet was made before the clock was set back.
    due = (
        Q(due_at__lte=now)
        | Q(state=State.PENDING, tries=0, created_at__gt=now + span)
        | Q(state=State.PENDING, created_at__gt=now + span, due_at__gt=now + longest)
        | Q(state=State.SENDING, due_at__gt=now)
        | Q(state=State.UNKNOWN, due_at__gt=now + longest)
    )
    # Nothing that a worker does not know what to do about may stand before the others.
    rows = Delivery.objects.filter(free(now), due, due_at__isnull=False, state__in=_DOABLE)
    return rows.exclude(pk__in=busy)


def free(now: datetime) -> Q:
    """Deliveries that nobody is at work on: without a lease, or with one that has ended."""
    furthest = 2 * timedelta(seconds=settings.LEASE_SECONDS)
    return Q(lease_until=None) | due_by("lease_until", now, furthest)


def choose(due: QuerySet[Delivery], rooms: Mapping[str, int], limit: int) -> list[Delivery]:
    """Up to `limit` rows, locked: the worst alerts first, and a quarter kept for questions
    about what was sent already, so that a crowd cannot put them off.

    `rooms`: how many of a sender's may begin; who is not named may begin any number.
    """
    ordered = due.order_by("due_at").select_for_update(skip_locked=True)
    # By chance where the quarter is no whole one: with slow providers, `limit` is 1 most times.
    kept = (limit + random.randrange(4)) // 4  # noqa: S311  (not a secret)
    questions = _questions(ordered, kept)
    messages: list[Delivery] = []
    left = dict(rooms)
    for lane in (Q(lane=Lane.WORST), ~Q(lane=Lane.WORST)):
        of_lane = ordered.filter(lane, state=State.PENDING)
        messages += _messages(of_lane, left, limit - len(questions) - len(messages))
    if len(questions) == kept and len(messages) + kept < limit:
        questions = _questions(ordered, limit - len(messages))
    return questions + messages


def _questions(ordered: QuerySet[Delivery], most: int) -> list[Delivery]:
    """What may be lost or doubled goes before what is only not known to have arrived."""
    found: list[Delivery] = []
    for states in ((State.SENDING, State.UNKNOWN), (State.ACCEPTED,)):
        if len(found) < most:
            found += ordered.filter(state__in=states)[: most - len(found)]
    return found


def _messages(of_lane: QuerySet[Delivery], left: dict[str, int], most: int) -> list[Delivery]:
    """Those that have waited longest; of a sender with a gate, no more than there is room for."""
    if most <= 0:
        return []
    found = list(of_lane.exclude(sender_key__in=left)[:most])
    for key, room in left.items():
        if room > 0:
            found += of_lane.filter(sender_key=key)[: min(room, most)]
    chosen = sorted(found, key=lambda row: row.due_at or row.created_at)[:most]
    for row in chosen:
        if row.sender_key in left:
            left[row.sender_key] -= 1
    return chosen
