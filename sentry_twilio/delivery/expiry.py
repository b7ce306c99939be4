"""What comes too late to be useful is not sent any more."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from sentry_twilio.delivery import allowance
from sentry_twilio.delivery.digest_members import give_back
from sentry_twilio.delivery.lanes import Lane
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.delivery.states import State

LATE = "It could not be sent while it was still useful."
BATCH = 1000


def expire(due: QuerySet[Delivery], now: datetime) -> set[int]:
    """Give up those of the due rows that wait to be sent and are too late.

    Up to a thousand at once: after an outage, a crowd of them would stand before what is fresh.
    Returns the notifications that are to be hurried (`watch`), last of all.
    """
    late = due.filter(state=State.PENDING, expires_at__lte=now).order_by("due_at")
    locked = late.select_for_update(skip_locked=True)
    rows = list(locked.values_list("pk", "lane", "notification_id")[:BATCH])
    if not rows:
        return set()
    gone = Delivery.objects.filter(pk__in=[pk for pk, _, _ in rows])
    gone.update(state=State.EXPIRED, due_at=None, finished_at=now, reason=LATE)
    # Tests and repetitions need no digest, and a digest is none of its own members.
    gone.exclude(lane=Lane.FREE).exclude(notification__reason="digest").update(digest_since=now)
    untold = give_back([pk for pk, lane, _ in rows if lane == Lane.DIGEST])
    unsent = allowance.give_back([pk for pk, _, _ in rows])
    Delivery.objects.filter(pk__in=unsent).update(slot_at=None)
    return untold.union(notification for _, _, notification in rows)
