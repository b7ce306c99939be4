"""What must not reach a phone, taken out of what a tracker reports."""

from __future__ import annotations

import re

from sentry_twilio.twilio import links

_NO_TITLE = "(no title)"
# A tracker's title has no length that could be relied on; no text comes near to this.
_LONGEST_LINE = 10_000

_LINE_END = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_TERMINAL_COLOURS = re.compile("\x1b\\[[0-?]*[ -/]*[@-~]")
# What is no character to a reader: C0 and C1 controls, direction marks and overrides, which
# make a text read differently than it is, soft hyphens and blanks of no width, which hide what
# a phone would take for a link, and halves of surrogate pairs, which cannot be sent. A non-joiner
# stays where it has a meaning: between letters of Persian or of Indian scripts.
_JOINING = "\u0600-\u109f\u1700-\u18af"
# What only changes the look of an emoji, or joins two, stays with emoji and nowhere else.
_EMOJI = (
    "[\xa9\xae\u203c\u2049\u2100-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
    "[\ufe00-\ufe0f]?[\U000e0020-\U000e007f]*"
)
_NEVER_SENT = re.compile(
    f"({_EMOJI}(?:\u200d{_EMOJI})*|[0-9#*]\ufe0f\u20e3)"
    f"|(?<![{_JOINING}])\u200d|\u200d(?![{_JOINING}])"
    "|[\u034f\ufe00-\ufe0f\U000e0000-\U000e0fff]"
    f"|(?<![{_JOINING}])\u200c|\u200c(?![{_JOINING}])"
    "|[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_LINK = re.compile(r"https?://[!-~]+", re.IGNORECASE)


def first_line(text: str) -> str:
    """The first line that says something, without what must not reach a phone.

    That is also a link: see `links`.
    """
    for candidate in _LINE_END.split(text.lstrip()[:_LONGEST_LINE]):
        cleaned = clean(candidate)
        if cleaned:
            return links.break_up(cleaned)
    return _NO_TITLE


def line(text: str) -> str:
    """All of `text` in one line, like `first_line`; "" where it says nothing."""
    return links.break_up(clean(text[:_LONGEST_LINE]))


def clean(text: str) -> str:
    """`text` without control characters, direction overrides and broken surrogates."""
    text = _TERMINAL_COLOURS.sub("", text).replace("\t", " ")
    return _NEVER_SENT.sub(r"\1", _LINE_END.sub(" ", text)).strip()


def web_address(url: str) -> str:
    """`url` as it may stand in a message, or "" where it is none of the web's."""
    # A backtick has no place in a URL, and none in GSM-7.
    return url.replace("`", "%60") if _LINK.fullmatch(url) else ""
