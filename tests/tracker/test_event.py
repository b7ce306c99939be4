"""Reading an event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sentry_twilio.tracker import event
from sentry_twilio.tracker.event import read_event

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
ID = "0123456789abcdef0123456789abcdef"


def raised(*exceptions: dict[str, Any]) -> dict[str, Any]:
    return {"exception": {"values": list(exceptions)}}


@pytest.mark.parametrize(
    ("data", "title"),
    [
        (raised({"type": "A", "value": "1"}, {"type": "B", "value": "2\nmore"}), "B: 2"),
        ({"exception": [{"type": "A", "value": "  two   words "}]}, "A: two words"),
        ({"exception": {"type": "A", "value": "single"}}, "A: single"),
        (raised({"type": "A", "value": None}), "A"),
        (raised({"value": "synthetic"}) | {"message": "said"}, "said"),
        (raised({"value": "only a value"}), "only a value"),
        ({"message": "\n\n first\nsecond"}, "first"),
        ({"message": {"message": "old %s", "formatted": "old way"}}, "old way"),
        ({"logentry": {"message": "a %s", "formatted": "a b"}}, "a b"),
        ({"logentry": {"message": "a %s"}}, "a %s"),
        ({"sentry.interfaces.Message": {"message": "raven"}}, "raven"),
        ({"exception": 7, "message": ["x"]}, event.UNTITLED),
        ({}, event.UNTITLED),
    ],
)
def test_it_names_an_event(data: dict[str, Any], title: str) -> None:
    assert event.title(data) == title


FRAMES = [
    {"module": "shop", "function": "main", "in_app": True},
    {"module": "shop.pay", "function": "charge", "in_app": True},
    {"module": "lib", "function": "call", "in_app": False},
]


@pytest.mark.parametrize(
    ("data", "culprit"),
    [
        ({"transaction": "GET /"}, "GET /"),
        (raised({"stacktrace": {"frames": FRAMES}}), "shop.pay in charge"),
        (raised({"stacktrace": {"frames": FRAMES}}) | {"platform": "node"}, "charge(shop.pay)"),
        ({"stacktrace": {"frames": FRAMES[2:]}}, "lib in call"),
        (raised({"stacktrace": {"frames": [{"filename": "a.py"}]}}), "a.py"),
        ({"request": {"url": "https://a.example/cart?token=x#y"}}, "https://a.example/cart"),
        ({"transaction": {}, "request": "x", "stacktrace": [1]}, ""),
    ],
)
def test_it_finds_the_culprit(data: dict[str, Any], culprit: str) -> None:
    assert event.culprit(data) == culprit


@pytest.mark.parametrize(
    ("value", "level"),
    [
        ("fatal", "fatal"),
        ("WARN", "warning"),
        ("critical", "fatal"),
        (40, "error"),
        (30, "warning"),
        (35.0, "warning"),
        (10, "debug"),
        (0, "debug"),
        (99, "fatal"),
        (None, "error"),
        (True, "error"),
        ("loud", "error"),
        ([], "error"),
    ],
)
def test_it_reads_a_level(value: Any, level: str) -> None:
    assert event.level(value) == level


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-11-21T03:53:52.334721Z", datetime(2026, 11, 21, 3, 53, 52, 334721, UTC)),
        ("2026-11-21T03:55:14", datetime(2026, 11, 21, 3, 55, 14, tzinfo=UTC)),
        ("2026-11-21T04:55:14+01:00", datetime(2026, 11, 21, 3, 55, 14, tzinfo=UTC)),
        (1795233314.5, datetime(2026, 11, 21, 3, 55, 14, 500000, UTC)),
        ("1795233314", datetime(2026, 11, 21, 3, 55, 14, tzinfo=UTC)),
        ("2026-11-21T04:00:01Z", NOW),
        ("2026-10-21T00:00:00Z", NOW),
        ("2026-10-23T00:00:00Z", datetime(2026, 10, 23, tzinfo=UTC)),
        (0, NOW),
        (1e300, NOW),
        (-1e18, NOW),
        ("0001-01-01T00:00:00+14:00", NOW),
        ("soon", NOW),
        ("nan", NOW),
        (None, NOW),
        (True, NOW),
        ({}, NOW),
    ],
)
def test_it_reads_a_time_or_takes_its_own(value: Any, moment: datetime) -> None:
    assert event.occurred_at(value, NOW) == moment


@pytest.mark.parametrize(
    ("own", "outer", "found"),
    [
        (ID, None, ID),
        ("01234567-89ab-cdef-0123-456789ABCDEF", None, ID),
        (None, ID, ID),
        ("no id", ID, ID),
        ("f" * 32, ID, "f" * 32),
    ],
)
def test_it_takes_the_id_that_the_sdk_gave(own: Any, outer: Any, found: str) -> None:
    assert read_event({"event_id": own}, NOW, outer).event_id == found


@pytest.mark.parametrize("bad", [None, 7, "", "g" * 32, ID + "0", ID + "\n"])
def test_it_makes_an_id_where_there_is_none(bad: Any) -> None:
    made = {read_event({"event_id": bad}, NOW, bad).event_id for _ in range(2)}
    assert len(made) == 2
    assert all(len(one) == 32 for one in made)


def test_it_cuts_texts_to_their_columns() -> None:
    long = "x" * 5000
    report = read_event(
        {"message": long, "transaction": long, "environment": long, "release": long}, NOW
    )
    assert [len(t) for t in (report.title, report.culprit, report.environment, report.release)] == [
        500,
        300,
        64,
        200,
    ]


@pytest.mark.parametrize(
    "given",
    [
        {"region": "eu", "n": 7},
        [["region", "eu"], ["n", 7]],
        [{"key": "region", "value": "eu"}, {"key": "n", "value": 7}],
        [["region", "eu"], ["n", 7], ["odd"], 3, None, [[], {}]],
    ],
)
def test_it_reads_tags_of_any_shape(given: Any) -> None:
    tags = read_event({"tags": given, "logger": "shop", "server_name": "web-1"}, NOW).tags
    assert tags == {"region": "eu", "n": "7", "logger": "shop", "server_name": "web-1"}


def test_its_times_are_aware() -> None:
    report = read_event({"timestamp": (NOW - timedelta(hours=1)).timestamp()}, NOW)
    assert report.occurred_at.tzinfo is not None
    assert report.received_at - report.occurred_at == timedelta(hours=1)
