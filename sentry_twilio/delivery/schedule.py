"""When to do the next thing about a delivery."""

from __future__ import annotations

import random
from datetime import timedelta

from django.conf import settings

LOOK_UPS = (5, 10, 30, 75)
"""Seconds before each look for a message whose fate is unknown: 5, 15, 45 and 120 after its
attempt. A message may be listed late, so one empty look does not say that it was not sent.
Counted from look to look, so that a clock which jumps cannot make them all due at once."""

RETRY_FIRST = 5.0
RETRY_CAP = 60.0
LONGEST_WAIT = 24 * 3600.0
STATUS_CAP = 3600.0
GIVE_UP = timedelta(hours=24)
"""A provider keeps a message for 10 hours at most; what it has not told by then stays untold."""


def retry_after(tries: int, asked: float | None) -> timedelta:
    """How long to wait after try number `tries` was refused for now.

    What the provider asked for, else 5 s doubling up to a minute; both with jitter, so that
    what was refused together does not come back together.
    """
    seconds = asked if asked is not None else min(RETRY_CAP, RETRY_FIRST * 2 ** min(tries - 1, 10))
    jittered = seconds * random.uniform(1.0, 1.25)  # noqa: S311  (not a secret)
    return timedelta(seconds=min(jittered, LONGEST_WAIT))


def soon() -> timedelta:
    """When to look again at what its sender's gate may keep for longer."""
    return timedelta(seconds=random.uniform(0.05, 0.2))  # noqa: S311  (not a secret)


def look_up_after(looked: int) -> timedelta | None:
    """How long to wait for the next look after `looked` of them, or None when all are done."""
    return timedelta(seconds=LOOK_UPS[looked]) if looked < len(LOOK_UPS) else None


def look_up_again_after(age: timedelta) -> timedelta:
    """How long to wait where the provider could not be asked about an attempt of that age."""
    return min(max(age / 2, timedelta(seconds=RETRY_FIRST)), timedelta(seconds=RETRY_CAP))


def ask_again_after(asked: int, expects_callback: bool) -> timedelta:
    """How long to wait for a report before asking, after `asked` questions."""
    first = settings.STATUS_OVERDUE_SECONDS if expects_callback else settings.STATUS_POLL_SECONDS
    return timedelta(seconds=min(STATUS_CAP, first * 2 ** min(asked, 10)))
