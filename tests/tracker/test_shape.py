from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sentry_twilio.tracker import shape

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-01T12:00:00Z",
        "2026-03-01T12:00:00",
        "2026-03-01T14:00:00+02:00",
        NOON.timestamp(),
        str(int(NOON.timestamp())),
    ],
)
def test_a_moment_is_read_from_iso_8601_or_seconds(written: object) -> None:
    assert shape.moment(written) == NOON


@pytest.mark.parametrize(
    "written",
    [
        *(None, "", "soon", True, [], "nan", "inf", 1e300),
        # What Go and .NET write for "never", and what else no error tracker saw.
        *("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", -1, "1969-12-31T23:59:59Z"),
    ],
)
def test_whatever_else_is_no_moment(written: object) -> None:
    assert shape.moment(written) is None
