"""Taking envelopes apart."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentry_twilio.tracker.envelope import Envelope, Item, Limits, parse_envelope
from sentry_twilio.tracker.rejected import Rejected

LIMITS = Limits(header=200, items=5)


def parse(body: bytes) -> list[tuple[str, bytes]]:
    return [(item.type, item.payload) for item in parse_envelope(body, LIMITS).items]


@pytest.mark.parametrize(
    ("body", "items"),
    [
        (b"{}", []),
        (b"{}\n", []),
        (b'{}\n{"type":"event"}\n{"a":1}', [("event", b'{"a":1}')]),
        (b'{}\n{"type":"event"}\n{"a":1}\n', [("event", b'{"a":1}')]),
        (b'{}\r\n{"type":"event"}\r\n{"a":1}', [("event", b'{"a":1}')]),
        (b'{}\n\n\n{"type":"event"}\n{}\n\n', [("event", b"{}")]),
        (b'{}\n{"type":"event","length":2}\n{}', [("event", b"{}")]),
        (b'{}\n{"type":"event","length":null}\n{}', [("event", b"{}")]),
        (b'{}\n{"type":"session"}', [("session", b"")]),
        (b'{}\n{"type":"x","length":0}\n\n{"type":"y"}\nz', [("x", b""), ("y", b"z")]),
        (
            b'{}\n{"type":"attachment","length":22}\nl1\n{"type":"event"}\n{}\n'
            b'{"type":"event"}\n{}',
            [("attachment", b'l1\n{"type":"event"}\n{}'), ("event", b"{}")],
        ),
    ],
)
def test_it_takes_an_envelope_apart(body: bytes, items: list[tuple[str, bytes]]) -> None:
    assert parse(body) == items


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n",
        b"no json\n",
        b"[]\n",
        b'{}\nno json\n{"a":1}',
        b'{}\n[]\n{"a":1}',
        b'{}\n{"length":2}\n{}',
        b'{}\n{"type":7}\n{}',
        b'{}\n{"type":"event","length":3}\n{}',
        b'{}\n{"type":"event","length":1}\n{}',
        b'{}\n{"type":"event","length":-1}\n{}',
        b'{}\n{"type":"event","length":"2"}\n{}',
        b'{}\n{"type":"event","length":true}\n{}',
        b'{}\n{"type":"event","length":2.0}\n{}',
        b'{}\n{"type":"event","length":99999999999999999999}\n{}',
    ],
)
def test_it_rejects_broken_framing(body: bytes) -> None:
    with pytest.raises(Rejected) as caught:
        parse(body)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":"' + b"x" * 200 + b'"}\n',
        b'{"a":"' + b"x" * 200 + b'"}',
        b'{}\n{"type":"' + b"x" * 200 + b'"}\n{}',
        b"{}\n" + b'{"type":"session"}\n{}\n' * 6,
    ],
)
def test_it_rejects_too_much(body: bytes) -> None:
    with pytest.raises(Rejected) as caught:
        parse(body)
    assert caught.value.status == 413


def test_it_accepts_a_header_line_just_short_enough() -> None:
    line = json.dumps({"a": "x" * 191}).encode()
    assert len(line) == LIMITS.header
    assert parse_envelope(line + b"\n", LIMITS).header == {"a": "x" * 191}


TYPE = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@given(
    items=st.lists(st.tuples(TYPE, st.binary(max_size=40)), max_size=5),
    blanks=st.booleans(),
)
def test_it_reads_what_was_framed(items: list[tuple[str, bytes]], blanks: bool) -> None:
    body = b"{}\n"
    for kind, payload in items:
        header = json.dumps({"type": kind, "length": len(payload)}).encode()
        body += header + b"\n" + payload + (b"\n\n" if blanks else b"\n")
    assert parse_envelope(body, LIMITS) == Envelope({}, [Item(*item) for item in items])


@given(st.binary(max_size=300))
def test_it_rejects_any_bytes_or_reads_them(body: bytes) -> None:
    with contextlib.suppress(Rejected):
        assert all(payload in body for _, payload in parse(b"{}\n" + body))
