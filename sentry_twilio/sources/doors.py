"""Which source a URL's key opens. Remembered for a moment: a tracker may call 200 times at once,
and waits a second for each answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sentry_twilio.sources import old_urls, vault
from sentry_twilio.sources.kinds import KINDS, Kind
from sentry_twilio.sources.models import Source
from sentry_twilio.tracker.rejected import Rejected

REMEMBERED = 5.0
"""Seconds. For so long at most, and only in other processes, an old URL still works."""
NO_SUCH = "There is no such source. Copy the URL from the source's page."
MOVED = "This source has a new URL. Copy it from the source's page."
CANNOT_TELL = "The signature was not checked: the host cannot read its secret. Try again later."


@dataclass(frozen=True, slots=True)
class Door:
    """A source as it was when it was looked up, and what its calls are signed with."""

    source: Source
    kind: Kind
    secret: str = field(repr=False)


_doors: dict[tuple[str, str], tuple[float, Door]] = {}


def find(kind: str, key: str) -> Door:
    """The door of that URL; raises `Rejected` (404). A call to an old URL is counted."""
    place = kind, vault.digest(key)
    known = _doors.get(place)
    if known and known[0] > time.monotonic():
        return known[1]
    _doors.pop(place, None)
    source = Source.objects.select_related("project").filter(key_digest=place[1]).first()
    if source is None or source.kind != kind or kind not in KINDS:
        raise Rejected(404, MOVED if old_urls.note(*place) else NO_SUCH)
    door = Door(source, KINDS[kind], vault.read(source).get("secret", ""))
    _doors[place] = (time.monotonic() + REMEMBERED, door)
    return door


def forget(**_: Any) -> None:
    """Look everything up anew. Takes what a signal brings."""
    _doors.clear()


def prove(door: Door, body: bytes, headers: Mapping[str, str]) -> None:
    """Raise `Rejected` where a call that has to be signed is not signed right (403), and where
    this process cannot tell, having no key for the secret (503): the sender may repeat it."""
    kind = door.kind
    if kind.verify is None or not (door.source.is_signed or not kind.may_be_unsigned):
        return
    if not door.secret:
        if not vault.is_readable(door.source):
            raise Rejected(503, CANNOT_TELL)
        raise Rejected(403, f"No secret of {kind.title} is stored here yet. Enter it first.")
    if wrong := kind.verify(door.secret, body, headers):
        raise Rejected(403, wrong)
