"""An envelope's framing: a header line, then items of a header line and a payload.

https://develop.sentry.dev/sdk/data-model/envelopes/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sentry_twilio.tracker.payload import parse_object
from sentry_twilio.tracker.rejected import Rejected


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of a header line (the envelope's or an item's), and items."""

    header: int
    items: int


@dataclass(frozen=True, slots=True)
class Item:
    """One part of an envelope; `type` is whatever word the SDK chose."""

    type: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    header: dict[str, Any]
    items: list[Item]


def parse_envelope(body: bytes, limits: Limits) -> Envelope:
    """Take an envelope apart. Payloads are not looked into.

    Raises `Rejected`: 400 where the framing is broken, 413 where there is too much.
    """
    line, position = _line(body, 0, limits.header)
    header = parse_object(line, "envelope's header")
    items: list[Item] = []
    for item in _items(body, position, limits.header):
        if len(items) == limits.items:
            raise Rejected(413, f"The envelope has more than {limits.items} items.")
        items.append(item)
    return Envelope(header, items)


def _items(body: bytes, position: int, longest: int) -> Iterator[Item]:
    while position < len(body):
        line, position = _line(body, position, longest)
        if not line.strip():
            continue
        header = parse_object(line, "header of an item")
        kind = header.get("type")
        if not isinstance(kind, str):
            raise Rejected(400, "An item has no type.")
        payload, position = _payload(body, position, header.get("length"))
        yield Item(kind, payload)


def _payload(body: bytes, start: int, length: object) -> tuple[bytes, int]:
    """The payload that starts there, and where the next item does."""
    if length is None:
        end = body.find(b"\n", start)
        end = len(body) if end < 0 else end
    elif isinstance(length, int) and not isinstance(length, bool) and length >= 0:
        end = start + length
        if end > len(body):
            raise Rejected(400, "An item is shorter than its length.")
        if end < len(body) and body[end] != 0x0A:
            raise Rejected(400, "An item does not end where its length says.")
    else:
        raise Rejected(400, "The length of an item is not a number of bytes.")
    return body[start:end], end + 1


def _line(body: bytes, start: int, longest: int) -> tuple[bytes, int]:
    """The line that starts there, and where the next one does."""
    end = body.find(b"\n", start, start + longest + 1)
    if end < 0:
        end = len(body)
        if end - start > longest:
            raise Rejected(413, f"A header line is longer than {longest} bytes.")
    return body[start:end], end + 1
