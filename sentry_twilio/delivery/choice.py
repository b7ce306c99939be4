"""Which of the due rows come first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from sentry_twilio.delivery.lanes import Lane
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.delivery.states import State


def due_rows(now: datetime, busy: Collection[int] = ()) -> QuerySet[Delivery]:
    """What nobody is at work on and is due, even where the clock was set back meanwhile.

    `busy` are deliveries that the caller is at work on: their leases may seem to have ended
    where the clock jumped.
    """
    span = timedelta(seconds=settings.LEASE_SECONDS)
    # A lease that ends later than any could was written before the clock was set back, and so
    # was what has not been made yet.
    free = Q(lease_until=None) | Q(lease_until__lte=now) | Q(lease_until__gt=now + 2 * span)
    untouched = Q(state=State.PENDING, tries=0, created_at__gt=now + span)
    rows = Delivery.objects.filter(free, Q(due_at__lte=now) | untouched, due_at__isnull=False)
    return rows.exclude(pk__in=busy)


def choose(due: QuerySet[Delivery], rooms: Mapping[str, int], limit: int) -> list[Delivery]:
    """Up to `limit` rows, locked: the worst alerts first, and a quarter kept for questions
    about what was sent already, so that a crowd cannot put them off.

    `rooms`: how many of a sender's may begin; who is not named may begin any number.
    """
    ordered = due.order_by("due_at").select_for_update(skip_locked=True)
    questions = ordered.exclude(state=State.PENDING)
    kept = limit // 4
    rows = list(questions[:kept])
    if len(rows) < kept:
        questions = questions.none()
    pending = ordered.filter(state=State.PENDING)
    for lane in (Q(lane=Lane.WORST), ~Q(lane=Lane.WORST)):
        of_lane = pending.filter(lane)
        for key, room in rooms.items():
            # A row that waits for its gate may not stand before those of other senders.
            if room:
                taken = sum(1 for row in rows if row.sender_key == key)
                rows += _up_to(of_lane.filter(sender_key=key), limit, rows, room - taken)
        rows += _up_to(of_lane.exclude(sender_key__in=rooms), limit, rows)
    return rows + _up_to(questions.exclude(pk__in=[row.pk for row in rows]), limit, rows)


def _up_to(
    due: QuerySet[Delivery], limit: int, rows: list[Delivery], most: int | None = None
) -> list[Delivery]:
    room = limit - len(rows) if most is None else min(limit - len(rows), most)
    return list(due[:room]) if room > 0 else []
