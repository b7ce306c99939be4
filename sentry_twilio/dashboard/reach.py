"""Whether an alert ended in silence."""

from __future__ import annotations

from django.db.models import Q

from sentry_twilio.delivery.models import Delivery, Notification
from sentry_twilio.delivery.states import State
from sentry_twilio.delivery.watch import is_test

_IN_VAIN = frozenset({State.UNDELIVERED, State.REFUSED, State.EXPIRED, State.SUPPRESSED})


def reaches_nobody(notification: Notification) -> bool:
    """Whether neither a text message nor the fallback told of it, and nothing more will.

    A test is no alert: whoever pressed the button sees what comes of it. Nor is a digest: the
    fallback is told of each alert that it stands for.
    """
    is_settled = notification.watch_at is None and notification.fallback_id is None
    if is_test(notification) or notification.reason == "digest" or not is_settled:
        return False
    # A digest stands for its members, and so does the digest that was sent once more.
    own = Q(notification=notification)
    stood_for = Q(notification__deliveries__stood_for__notification=notification)
    rows = Delivery.objects.filter(own | stood_for).distinct()
    rows = rows.exclude(state=State.DIGESTED, digest__isnull=False)
    return all(
        # What waits for the next digest is not lost yet.
        state in _IN_VAIN and digest_since is None
        for state, digest_since in rows.values_list("state", "digest_since")
    )
