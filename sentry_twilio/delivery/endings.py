"""Whether the end of a trouble is news to somebody."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from sentry_twilio.delivery import reasons
from sentry_twilio.delivery.models import Delivery, Notification
from sentry_twilio.delivery.states import State

OVER = "resolved"
"""The `reason` of a notification that says that a trouble is over."""

# What was sent, or may have been, or is about to be; a digest in vain takes its part back.
_TOLD = (
    State.PENDING,
    State.SENDING,
    State.UNKNOWN,
    State.ACCEPTED,
    State.DELIVERED,
    State.UNDELIVERED,
    State.DIGESTED,
)
_IN_VAIN = (State.REFUSED, State.EXPIRED, State.SUPPRESSED)


def no_news(endings: Collection[int]) -> set[int]:
    """Those of these deliveries, each of which says that something is over, whose recipients do
    not take it for a trouble: the last that they were told of it was its end, or they never were
    told of it at all. Where its beginning is not kept any more, nobody knows, and it is news.

    One statement. It goes back no further than to what a recipient was told last.
    """
    if not endings:
        return set()
    earlier = Delivery.objects.filter(
        notification__project=OuterRef("project"),
        notification__group=OuterRef("notification__group"),
        notification__lt=OuterRef("notification"),
        plugin=OuterRef("plugin"),
    )
    told = earlier.filter(recipient=OuterRef("recipient"), state__in=_TOLD).exclude(
        Q(state=State.DIGESTED, digest__state__in=_IN_VAIN)
    )
    last = told.order_by("-notification_id").values("notification__reason")[:1]
    began = Exists(earlier.exclude(notification__reason=OVER))
    found = Delivery.objects.filter(pk__in=endings).annotate(last=Subquery(last))
    is_none = Q(last=OVER) | Q(began, last=None)
    return set(found.filter(is_none).values_list("pk", flat=True))


def unheard(endings: Collection[int]) -> dict[int, bool]:
    """Those of these notifications, each of which says that something is over, that were no news
    to any recipient, nor to the fallback so far; with whether it may yet be told of a beginning,
    which would make the end news to it. One statement.
    """
    if not endings:
        return {}
    earlier = Notification.objects.filter(
        project=OuterRef("project"),
        group=OuterRef("group"),
        plugin=OuterRef("plugin"),
        pk__lt=OuterRef("pk"),
    )
    told = earlier.filter(fallback__isnull=False).order_by("-pk").values("reason")[:1]
    rows = Notification.objects.filter(~Exists(_news()), pk__in=endings).annotate(
        last=Subquery(told),
        is_open=Exists(earlier.filter(watch_at__isnull=False).exclude(reason=OVER)),
    )
    quiet = rows.filter(Q(last=None) | Q(last=OVER))
    return dict(quiet.values_list("pk", "is_open"))


def _news() -> QuerySet[Delivery]:
    """The deliveries of a notification that somebody was to be told."""
    of_it = Delivery.objects.filter(notification=OuterRef("pk"))
    return of_it.exclude(state=State.SUPPRESSED, reason=reasons.NEVER_TOLD)
