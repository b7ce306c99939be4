"""Noticing that a source has been silent for longer than it usually is."""

from __future__ import annotations

from datetime import datetime, timedelta

from sentry_twilio.sources.models import Source

WEIGHT = 0.2
"""How much the newest gap between two calls counts towards the usual one."""
FACTOR = 5
AT_LEAST = timedelta(days=1)
"""A quiet night is nothing unusual, however busy the day was."""
AT_MOST = timedelta(days=30)
ENOUGH = 5
"""Calls before anything counts as usual."""
SAME_BURST = 60.0
"""Seconds: what comes at once is one trouble, not a habit."""


def smoothed(usual: float | None, last: datetime | None, now: datetime) -> float | None:
    """The usual gap in seconds, with the one that ends now."""
    if last is None:
        return usual
    gap = (now - last).total_seconds()
    if gap < SAME_BURST:
        return usual
    return gap if usual is None else usual + WEIGHT * (gap - usual)


def is_unusual(source: Source, now: datetime) -> bool:
    """Whether the source should have called by now: a tracker that went away tells nobody."""
    if source.last_call_at is None or source.usual_gap is None or source.calls < ENOUGH:
        return False
    patience = timedelta(seconds=min(FACTOR * source.usual_gap, AT_MOST.total_seconds()))
    return now - source.last_call_at > max(AT_LEAST, patience)
