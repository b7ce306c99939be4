"""All that goes when a host is pruned, in every room."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone

from sentry_twilio.delivery import prune as delivery
from sentry_twilio.projects import quota
from sentry_twilio.projects.batches import delete_in_batches
from sentry_twilio.tracker import prune as tracker

Step = Callable[[datetime, int], Iterator[int]]


def _sessions(before: datetime, size: int) -> Iterator[int]:
    return delete_in_batches(Session.objects.filter(expire_date__lt=timezone.now()), size)


def _quotas(before: datetime, size: int) -> Iterator[int]:
    return delete_in_batches(quota.past(), size)


STEPS: tuple[tuple[str, Step], ...] = (
    ("notifications", delivery.notifications),
    # After them: what told of a notification is kept as long as it is.
    ("fallback messages", delivery.fallback_messages),
    ("inbound messages", delivery.inbound_messages),
    ("counts of segments", delivery.segment_counts),
    ("senders", delivery.senders),
    ("lost workers", delivery.workers),
    ("events", tracker.events),
    ("firings and tallies", tracker.firings),
    # These go when they are over, whatever their age.
    ("quotas", _quotas),
    ("sessions", _sessions),
)


def prune(days: int, size: int) -> Iterator[tuple[str, int]]:
    """Delete what is over and older than `days`, and yield the name and number of what went.

    At most `size` rows at a time; in between, those who send have their turn.
    """
    before = timezone.now() - timedelta(days=days)
    for name, step in STEPS:
        gone, started = 0, time.monotonic()
        for count in step(before, size):
            gone += count
            # Another process cannot queue for SQLite's lock, it can only try again: leave it
            # free for as long as it was held.
            time.sleep(time.monotonic() - started)
            started = time.monotonic()
        yield name, gone
