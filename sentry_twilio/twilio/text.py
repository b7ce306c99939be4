"""An alert's text message, within its budget of segments."""

from __future__ import annotations

import re

import grapheme

from sentry_twilio.core import Alert
from sentry_twilio.twilio import segments

MAX_SEGMENTS = 10
ELLIPSIS = "..."  # "…" is not GSM-7 and would make the message cost more than twice as much
LEAST_TITLE = 20
"""Characters of a title that a link may not displace: fewer would tell nothing."""
_NO_TITLE = "(no title)"
# A tracker's title has no length that could be relied on; no text comes near to this.
_LONGEST_LINE = 10_000

_LINE_END = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_TERMINAL_COLOURS = re.compile("\x1b\\[[0-?]*[ -/]*[@-~]")
# What is no character to a reader: C0 and C1 controls, direction marks and overrides, which
# make a text read differently than it is, and halves of surrogate pairs, which cannot be sent.
_NEVER_SENT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]"
)
_LINK = re.compile(r"https?://[!-~]+", re.IGNORECASE)


def compose(alert: Alert, budget: int = 1, link: bool = False) -> str:
    """`Sentry [PROJECT NAME] LEVEL: first line of the title`, shortened to fit.

    It never costs more than `budget` segments (1 to 10), nor has more than 1600 characters.
    With `link`, the issue's URL follows where it fits and leaves the title enough room.
    """
    budget = max(1, min(budget, MAX_SEGMENTS))
    head = f"Sentry [{clean(alert.project.name)}] {clean(alert.level).upper()}: "
    title = first_line(alert.title)
    text = head + title
    if link and _LINK.fullmatch(alert.url):
        least = len(head) + min(len(title), LEAST_TITLE)
        shortened = shorten(text, budget, " " + alert.url)
        if shortened is not None and len(shortened) >= least:
            return f"{shortened} {alert.url}"
    return shorten(text, budget) or ""


def shorten(text: str, budget: int, tail: str = "") -> str | None:
    """`text`, or where that with `tail` does not fit, the longest prefix of it and `...`.

    The tail itself is not part of what is returned. None where nothing fits before it.
    """

    def fits(candidate: str) -> bool:
        message = candidate + tail
        if len(message) > segments.MAX_BODY:
            return False
        return segments.measure(message).count <= budget

    # No character takes less room than one unit: what is longer need not be measured.
    longest = min(segments.MAX_BODY, budget * 160)
    if len(text) <= longest and fits(text):
        return text
    prefix = segments.fit(text, budget)
    room = segments.MAX_BODY - len(ELLIPSIS + tail)
    if len(prefix) > room:
        prefix = prefix[: grapheme.safe_split_index(prefix, max(0, room))]
    while prefix and not fits(prefix + ELLIPSIS):
        less = max(1, segments.surplus(prefix + ELLIPSIS + tail, budget))
        prefix = prefix[: grapheme.safe_split_index(prefix, max(0, len(prefix) - less))]
    return prefix + ELLIPSIS if prefix else None


def first_line(text: str) -> str:
    """The first line that says something, without what must not reach a phone."""
    for line in _LINE_END.split(text.lstrip()[:_LONGEST_LINE]):
        cleaned = clean(line)
        if cleaned:
            return cleaned
    return _NO_TITLE


def clean(text: str) -> str:
    """`text` without control characters, direction overrides and broken surrogates."""
    text = _TERMINAL_COLOURS.sub("", text).replace("\t", " ")
    return _NEVER_SENT.sub("", _LINE_END.sub(" ", text)).strip()
