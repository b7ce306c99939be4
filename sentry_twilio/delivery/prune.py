"""Letting go of what is over and old, a batch at a time.

Each function deletes what is older than `before` (UTC), at most `size` of its rows in one short
transaction, and yields how many went. What is unfinished or held stays, however old it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from sentry_twilio.delivery.models import (
    Attempt,
    Callback,
    Delivery,
    FallbackMessage,
    FallbackTarget,
    KnownSender,
    Notification,
    SegmentCount,
    WorkerHeartbeat,
)
from sentry_twilio.delivery.states import WAITING
from sentry_twilio.projects.batches import delete_in_batches, pages
from sentry_twilio.projects.transactions import writing


def notifications(before: datetime, size: int) -> Iterator[int]:
    """Those that are settled, with their deliveries, attempts and reports."""
    newest = (
        Notification.objects.filter(created_at__lt=before).order_by("-created_at", "-pk").first()
    )
    if newest is None:
        return
    # With the id as a bound, the last look need not go through everything that stays.
    for keys in pages(_settled(before).filter(pk__lte=newest.pk), size):
        with writing():
            gone = _delete(keys, before)
        yield gone


def _settled(before: datetime) -> QuerySet[Notification]:
    """Where nothing is left to do or to tell.

    What stands in a digest waits for the digest: one that is not sent gives it back.
    """
    busy = Delivery.objects.filter(notification=OuterRef("pk")).filter(
        Q(due_at__isnull=False)
        | Q(digest_since__isnull=False)
        | Q(state__in=WAITING)
        | Q(digest__due_at__isnull=False)
        | Q(digest__state__in=WAITING)
    )
    return Notification.objects.filter(~Exists(busy), created_at__lt=before, watch_at__isnull=True)


def _delete(keys: list[int], before: datetime) -> int:
    # Locked first: a late report may be about to change one of them.
    locked = Delivery.objects.filter(notification__in=keys).order_by("pk").select_for_update()
    list(locked.values_list("pk", flat=True))
    gone = list(_settled(before).filter(pk__in=keys).values_list("pk", flat=True))
    rows = Delivery.objects.filter(notification__in=gone)
    # The children first, each in one statement: a cascade would read them all one by one.
    Callback.objects.filter(delivery__in=rows.values("pk")).delete()
    Attempt.objects.filter(delivery__in=rows.values("pk")).delete()
    rows.delete()
    Notification.objects.filter(pk__in=gone).delete()
    return len(gone)


def fallback_messages(before: datetime, size: int) -> Iterator[int]:
    """What was told through the fallback, unless what it told of is still kept."""
    waits = FallbackTarget.objects.filter(
        Q(due_at__isnull=False) | Q(state=FallbackTarget.State.PENDING), message=OuterRef("pk")
    )
    told = Notification.objects.filter(fallback=OuterRef("pk"))
    rows = FallbackMessage.objects.filter(~Exists(waits), ~Exists(told), created_at__lt=before)
    return delete_in_batches(rows, size)


def inbound_messages(before: datetime, size: int) -> Iterator[int]:
    """What people wrote; what providers reported goes with its delivery."""
    rows = Callback.objects.filter(delivery__isnull=True, received_at__lt=before)
    return delete_in_batches(rows, size)


def segment_counts(before: datetime, size: int) -> Iterator[int]:
    return delete_in_batches(SegmentCount.objects.filter(hour__lt=before), size)


def senders(before: datetime, size: int) -> Iterator[int]:
    """Gates that nothing has been learned about; no row means wide open.

    That an inbound message ever reached us is kept: opt-outs depend on it.
    """
    rows = KnownSender.objects.filter(
        Q(changed_at__isnull=True) | Q(changed_at__lt=before),
        Q(closed_until__isnull=True) | Q(closed_until__lt=timezone.now()),
        inbound_at__isnull=True,
    )
    return delete_in_batches(rows, size)


def workers(before: datetime, size: int) -> Iterator[int]:
    """Signs of life of workers that ended without a word."""
    return delete_in_batches(WorkerHeartbeat.objects.filter(beat_at__lt=before), size)
