"""Whether the end of a trouble is news to somebody."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

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
_UNDER_WAY = (State.PENDING, State.SENDING, State.UNKNOWN)
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
    # Plus nothing: PostgreSQL would rather go through all deliveries there are, the newest first.
    last = told.order_by((F("notification_id") + 0).desc()).values("notification__reason")[:1]
    began = Exists(earlier.exclude(notification__reason=OVER))
    found = Delivery.objects.filter(pk__in=endings).annotate(last=Subquery(last), began=began)
    rows = found.values_list("pk", "last", "began")
    return {pk for pk, last, began in rows if last == OVER or (began and last is None)}


def out_of_turn(endings: Collection[int]) -> dict[int, bool]:
    """Those of these deliveries, each of which says that something is over, that may not go now:
    its beginning is on its way to the same recipient and might come after it (False), or it began
    again meanwhile and the end would be the last word (True). One statement.
    """
    if not endings:
        return {}
    beginnings = Delivery.objects.filter(
        notification__project=OuterRef("project"),
        notification__group=OuterRef("notification__group"),
        plugin=OuterRef("plugin"),
        recipient=OuterRef("recipient"),
    ).exclude(notification__reason__in=(OVER, "test"))
    later = beginnings.filter(notification__gt=OuterRef("notification"))
    earlier = beginnings.filter(notification__lt=OuterRef("notification"))
    rows = Delivery.objects.filter(pk__in=endings).annotate(
        again=Exists(later.exclude(state=State.SUPPRESSED)),
        early=Exists(earlier.filter(state__in=_UNDER_WAY)),
    )
    found = rows.filter(Q(again=True) | Q(early=True))
    return dict(found.values_list("pk", "again"))


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
    return of_it.exclude(
        state=State.SUPPRESSED, reason__in=(reasons.NEVER_TOLD, reasons.BEGAN_AGAIN)
    )
