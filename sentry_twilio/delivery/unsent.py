"""What was let go and surely never left."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from sentry_twilio.delivery.models import Attempt


def surely_unsent() -> Q:
    """Deliveries of which nothing can have been accepted since they got their slot: every attempt
    was refused, if there was one. So no phone rang, and nothing is charged.

    How often it was tried says nothing of that: a connection that failed, or a gate that closed,
    is an attempt too. What has no answer, or an unknown one, may have left.
    """
    since = Attempt.objects.filter(delivery=OuterRef("pk"), started_at__gte=OuterRef("slot_at"))
    return Q(~Exists(since.exclude(outcome=Attempt.Outcome.REFUSED)), sid="")
