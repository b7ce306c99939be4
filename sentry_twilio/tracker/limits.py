"""How many events a key and a project may send. A DSN in a browser is public."""

from __future__ import annotations

import math
import time

from django.conf import settings

from sentry_twilio.projects.quota import Quota
from sentry_twilio.tracker.doors import Door
from sentry_twilio.tracker.rejected import Rejected

WINDOW = 60
"""Seconds; limits are per minute."""

# Until when (monotonic) a scope is used up. A flood then costs no look at the database; there
# is one entry at most for every key and project.
_exhausted: dict[str, float] = {}


def check(door: Door) -> None:
    """Raise `Rejected` (429) where this process knows that a limit is used up."""
    now = time.monotonic()
    for kind, scope, _ in _scopes(door):
        if (until := _exhausted.get(scope, 0.0)) > now:
            raise over_limit(kind, until - now)


def take(door: Door) -> Rejected | None:
    """Count one event; the refusal where it is one too many, which is remembered.

    A value, not raised: it is counted in a transaction that others may have opened.
    """
    for kind, scope, limit in _scopes(door):
        if wait := Quota(limit, WINDOW).take(scope):
            _exhausted[scope] = time.monotonic() + wait
            return over_limit(kind, wait)
    return None


def forget() -> None:
    """Ask the database again."""
    _exhausted.clear()


def over_limit(kind: str, wait: float) -> Rejected:
    """The 429 for a `kind` ("key" or "project"), `wait` seconds before its window ends.

    https://develop.sentry.dev/sdk/expected-features/rate-limiting/
    """
    seconds = max(1, math.ceil(wait))
    return Rejected(
        429,
        f"This {kind} sent its limit of events for this minute. Try again in {seconds} s.",
        {"Retry-After": str(seconds), "X-Sentry-Rate-Limits": f"{seconds}:error:{kind}"},
    )


def _scopes(door: Door) -> tuple[tuple[str, str, int], ...]:
    """What to count: the kind, its scope and its limit; 0 is no limit."""
    project = door.project
    return (
        (
            "key",
            f"events:key:{door.key_id}",
            _or(door.key_limit, settings.EVENTS_PER_MINUTE_KEY),
        ),
        (
            "project",
            f"events:project:{project.pk}",
            _or(project.event_limit, settings.EVENTS_PER_MINUTE_PROJECT),
        ),
    )


def _or(own: int | None, default: int) -> int:
    return default if own is None else own
