"""JSON that every database can store."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentry_twilio.tracker.payload import DEEPEST, parse_object
from sentry_twilio.tracker.rejected import Rejected


def nested(levels: int) -> bytes:
    return b'{"a":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (rb'{"a":"x\u0000y"}', "x\ufffdy"),
        (rb'{"a":"\ud800"}', "\ufffd"),
        (rb'{"a":"\ud83d\ude00"}', "\U0001f600"),
        (b'{"a":NaN}', None),
        (b'{"a":[1e999,-Infinity]}', [None, None]),
        (b'{"a":{"b":[1,true,null,2.5]}}', {"b": [1, True, None, 2.5]}),
    ],
)
def test_it_keeps_what_can_be_stored(raw: bytes, value: Any) -> None:
    assert parse_object(raw, "event") == {"a": value}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b'{"a":',
        b'{"a":"\xff"}',
        b'{"a":' + b"1" * 5000 + b"}",
        nested(DEEPEST + 1),
        nested(100_000),
    ],
)
def test_it_rejects_what_is_no_object_or_too_deep(raw: bytes) -> None:
    with pytest.raises(Rejected) as caught:
        parse_object(raw, "event")
    assert caught.value.status == 400
    assert "event" in caught.value.detail


def test_it_accepts_the_deepest_level() -> None:
    assert parse_object(nested(DEEPEST), "event")


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner | TEXT) | st.dictionaries(TEXT, inner),
    max_leaves=10,
)


@given(st.dictionaries(TEXT, JSON | TEXT, max_size=5))
def test_it_changes_nothing_else(value: dict[str, Any]) -> None:
    assert parse_object(json.dumps(value).encode(), "x") == value
