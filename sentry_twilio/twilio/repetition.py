"""The text to send once more after a delivery that failed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sentry_twilio.core import Receipt
from sentry_twilio.twilio import preview, repetitions
from sentry_twilio.twilio.repetitions import Form
from sentry_twilio.twilio.room import Room
from sentry_twilio.twilio.shorten import ELLIPSIS, shorten

AGAIN = " (again)"

# An address in a title was broken up, so that each whole one is the alert's, or the template's.
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_LINK_AT_END = re.compile(r"(?:\A|\s+)(https?://\S+)\Z", re.IGNORECASE)
_ENCLOSED_LINKS = (
    re.compile(r"\(\s*https?://[^\s)]+\s*\)", re.IGNORECASE),
    re.compile(r"\[\s*https?://[^\s\]]+\s*\]", re.IGNORECASE),
    re.compile(r"<\s*https?://[^\s>]+\s*>", re.IGNORECASE),
)
_BROKEN_END = re.compile(r"(?:[\s;,]*\d+|\.+)\Z")
# What stood there for the link's sake: `see: `, `Link: `, a dash.
_LEFT_OVER = re.compile(r"[\s:|,;=>\u2013\u2014-]+\Z")


def compose(body: str, receipt: Receipt, options: Mapping[str, str]) -> str | None:
    """What to send once more where `body` met with this report; None: nothing.

    `options` are the project's. The text never needs more segments than `body` did.
    """
    form = repetitions.form_for(receipt)
    if form is None:
        return None
    had = preview.message("", body, options).segments
    room = Room.of(had, preview.is_trial(options), preview.has_smart_encoding(options))
    return _WRITERS[form](body, room)


def _same(body: str, room: Room) -> str | None:
    return body


def _again(body: str, room: Room) -> str | None:
    """`body` with `(again)`, shortened before its link where there is no room for both."""
    if room.holds(body + AGAIN):
        return body + AGAIN
    link = _LINK_AT_END.search(body)
    if link:
        tail = f" {link[1]}{AGAIN}"
        shortened = _shortened(body[: link.start()], room, tail)
        if shortened:
            return shortened + tail
    shortened = _shortened(body, room, AGAIN)
    # A text that is all link: better twice without a word than half an address.
    return shortened + AGAIN if shortened else body


def _shortened(text: str, room: Room, tail: str) -> str | None:
    shortened = shorten(text, room, tail)
    if shortened is None or shortened == text:
        return shortened
    cut = len(shortened) - len(ELLIPSIS)
    for link in _LINK.finditer(text):
        if link.start() < cut < link.end():  # half an address leads nowhere
            before = text[: link.start()].rstrip()
            return before + ELLIPSIS if before else None
    # What was shortened before has dots already; and 10 of 1041 alerts is another number.
    return _BROKEN_END.sub("", shortened[:cut]) + ELLIPSIS


def _without_link(body: str, room: Room) -> str | None:
    """`body` without its links; None where it has none, or nothing else."""
    bare = body
    for link in (*_ENCLOSED_LINKS, _LINK):
        bare = link.sub("", bare)
    if bare == body:
        return None
    lines = (re.sub(r"(?<=\S)[ ]{2,}", " ", line).strip() for line in bare.split("\n"))
    return _LEFT_OVER.sub("", "\n".join(line for line in lines if line)) or None


_WRITERS: dict[Form, Callable[[str, Room], str | None]] = {
    "same": _same,
    "again": _again,
    "without_link": _without_link,
}
