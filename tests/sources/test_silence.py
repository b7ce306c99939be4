"""A source that has been silent for longer than usual."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sentry_twilio.sources.models import Source
from sentry_twilio.sources.silence import is_unusual, smoothed

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def after(*gaps: timedelta) -> Source:
    """A source that called with these gaps between its calls, the last one now."""
    source = Source(calls=1, last_call_at=NOW - sum(gaps, timedelta()))
    for gap in gaps:
        moment = source.last_call_at + gap
        source.usual_gap = smoothed(source.usual_gap, source.last_call_at, moment)
        source.last_call_at, source.calls = moment, source.calls + 1
    return source


@pytest.mark.parametrize(
    ("gaps", "silent", "unusual"),
    [
        ([HOUR] * 10, 6 * HOUR, False),  # a quiet night
        ([HOUR] * 10, 2 * DAY, True),
        ([3 * DAY] * 10, 10 * DAY, False),
        ([3 * DAY] * 10, 16 * DAY, True),
        ([20 * DAY] * 10, 31 * DAY, True),
        ([HOUR] * 2, 30 * DAY, False),  # too few to know what is usual
        ([timedelta(seconds=1)] * 50, 30 * DAY, False),  # a single burst
        ([HOUR] * 10 + [timedelta(seconds=1)] * 50, 6 * HOUR, False),
    ],
)
def test_it_is_unusual_beside_what_was_usual(
    gaps: list[timedelta], silent: timedelta, unusual: bool
) -> None:
    assert is_unusual(after(*gaps), NOW + silent) is unusual


def test_one_that_never_called_is_not_silent_but_waited_for() -> None:
    assert not is_unusual(Source(), NOW)
