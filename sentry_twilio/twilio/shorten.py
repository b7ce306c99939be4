"""Texts that are too long, shortened: at a grapheme, and by the least important first."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

import grapheme

from sentry_twilio.twilio import links, segments
from sentry_twilio.twilio.room import Room
from sentry_twilio.twilio.template import FIRST_TO_GO, Template

ELLIPSIS = "..."  # "…" is not GSM-7 and would make the message cost more than twice as much
LEAST_TITLE = 20
"""Characters of a title that a link may not displace: fewer would tell nothing."""


def shorten(text: str, room: Room | int, tail: str = "") -> str | None:
    """`text`, or where that with `tail` does not fit, the longest prefix of it and `...`.

    The tail itself is not part of what is returned. None where nothing fits before it. A room
    that is a number is a budget of that many segments.
    """
    if isinstance(room, int):
        room = Room(room)
    if room.holds(text + tail):
        return text
    prefix = room.beginning(text)
    most = segments.MAX_BODY - len(room.lead + ELLIPSIS + tail)
    if len(prefix) > most:
        prefix = prefix[: grapheme.safe_split_index(prefix, max(0, most))]
    while prefix and not room.holds(prefix + ELLIPSIS + tail):
        less = max(1, room.surplus(prefix + ELLIPSIS + tail))
        prefix = prefix[: grapheme.safe_split_index(prefix, max(0, len(prefix) - less))]
    prefix = without_new_link(prefix)
    return prefix + ELLIPSIS if prefix else None


def fill(template: Template, values: Mapping[str, str], room: Room) -> str:
    """The template's text with these values, shortened by what is the least important."""
    kept = dict(values)
    text = template.render(kept)
    for name in FIRST_TO_GO:
        if room.holds(text):
            return text
        kept[name] = ""
        text = template.render(kept)
    for least in (LEAST_TITLE, 1):
        if room.holds(text):
            return text
        title = _longest_title(template, kept, room)
        if len(title) >= least:
            return template.render({**kept, "title": title + ELLIPSIS})
        kept["link"] = ""
        text = template.render(kept)
    return shorten(text, room) or ""


def without_new_link(prefix: str) -> str:
    """`prefix` without what only cutting made into a link: `evil.community` at `evil.com`."""
    before, blank, last = prefix.rpartition(" ")
    return before + blank + links.cut_back(last)


def _longest_title(template: Template, values: Mapping[str, str], room: Room) -> str:
    """As much of the title as there is room for, "" for none."""
    title = values["title"][: segments.MAX_BODY]
    ends = segments.ends(title)

    def is_too_long(end: int) -> bool:
        return not room.holds(template.render({**values, "title": title[:end] + ELLIPSIS}))

    return without_new_link(title[: ends[max(0, bisect_right(ends, False, key=is_too_long) - 1)]])
