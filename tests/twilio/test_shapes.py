"""What a value looks like, alike on every Python."""

import pytest

from sentry_twilio.twilio import shapes


@pytest.mark.parametrize(
    "text",
    [
        "2030-01-31T08:00:00Z",
        "2030-01-31T08:00Z",
        "2030-01-31 08:00:00+00:00",
        "2030-01-31T08:00:00.5Z",
        "2030-01-31T08:00:00.123456789+05:30",
        "2030-01-31T08:00:00-0330",
        "2028-02-29T23:59:59+14:00",
    ],
)
def test_a_moment_may_be_written_as_any_tool_writes_it(text):
    assert shapes.is_time(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "tomorrow", "1896163200", "2030-01-31", "2030-01-31Z"),
        *("2030-01-31T08:00:00", "2030-01-31T08:00:00.5", "2030-01-31T08Z"),
        *("2030-02-30T08:00:00Z", "2030-01-31T08:60:00Z", "2029-02-29T08:00:00Z"),
        *("2030-01-31T08:00:00+24:00", "2030-01-31T08:00:00+01:75", "2030-01-31T08:00:00 Z"),
        *("2030-W05-4T08:00:00Z", "20300131T080000Z", "2030-01-31T08:00:00Z\n"),
        "\u0662030-01-31T08:00:00Z",
    ],
)
def test_a_moment_has_a_day_a_time_and_a_zone(text):
    assert not shapes.is_time(text)
