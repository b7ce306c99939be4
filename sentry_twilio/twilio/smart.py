"""Smart Encoding: the characters that Twilio replaces by their like in GSM-7.

It does so for a Messaging Service that has Smart Encoding switched on (as new ones have), and
where a message is created with `SmartEncoded`. The list is Twilio's,
https://www.twilio.com/docs/messaging/services/smart-encoding-char-list, and was compared,
character by character, with what `sms-segments-calculator` makes of it.
"""

from __future__ import annotations

import re

_FULLWIDTH = {chr(0xFF10 + n): str(n) for n in range(10)} | {
    chr(0xFF21 + n): chr(ord("A") + n) for n in range(26)
}
_SMALL_CAPITALS = dict(
    zip(
        "\u1d00\u0299\u1d04\u1d05\u1d07\ua730\u0262\u029c\u026a\u1d0a\u1d0b\u029f"
        "\u1d0d\u0274\u1d0f\u1d18\u0280\ua731\u1d1b\u1d1c\u1d20\u1d21\u028f\u1d22",
        "ABCDEFGHIJKLMNOPRSTUVWYZ",
        strict=True,
    )
)
_ALIKE = {
    "": "\x00\x03\x04\x10\x11\x12\x13\x14\x17\x19\u200b\u200c\u2060\ufeff",
    " ": "\u2001\u2028\u2029",
    "  ": (
        "\x80\x8d\x90\x9b\x9f\xa0\u2000\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
        "\u200a\u202f\u205f\u3000"
    ),
    "       ": "\x09",
    "!": "\u01c3\ufe15\ufe57\uff01",
    "!!": "\u203c",
    '"': "\xab\xbb\u02ba\u02ee\u201c\u201d\u201e\u201f\u275d\u275e\u301d\u301e\uff02",
    "#": "\ufe5f\uff03",
    "$": "\ufe69\uff04",
    "%": "\ufe6a\uff05",
    "&": "\ufe60\uff06",
    "'": (
        "\x60\xb4\u02b9\u02bb\u02bc\u02bd\u02c8\u02ca\u02cb\u0313\u0314\u2018\u2019\u201b"
        "\u275b\u275c\ufe10\ufe11\uff07"
    ),
    "(": "\u2768\u276a\u27ee\u2985\ufe59\uff08",
    ")": "\u2769\u276b\u27ef\u2986\ufe5a\uff09",
    "*": (
        "\u204e\u2217\u229b\u2722\u2723\u2724\u2725\u2731\u2732\u2733\u273a\u273b\u273c"
        "\u273d\u2743\u2749\u274a\u274b\u29c6\ufe61\uff0a"
    ),
    "+": "\u02d6\ufe62\uff0b",
    ",": "\u0326\u201a\u3001\ufe50\ufe51\uff0c\uff64",
    "-": "\u2010\u2013\u2014\u2015\u2022\u2043\u23bc\u23bd\ufe63\uff0d",
    ".": "\u3002\ufe52\uff0e\uff61",
    "...": "\u2026",
    "/": "\xf7\u0337\u0338\u2044\u2215\u29f8\uff0f",
    "1/2": "\xbd",
    "1/4": "\xbc",
    "3/4": "\xbe",
    ":": "\u02d0\u02f8\u2982\ua789\ufe13\uff1a",
    ";": "\u204f\ufe14\ufe54\uff1b",
    "<": "\u2039\ufe64\uff1c",
    "=": "\u0347\ua78a\ufe66\uff1d",
    ">": "\u203a\ufe65\uff1e",
    "?": "\ufe16\ufe56\uff1f",
    "@": "\ufe6b\uff20",
    "[": "\uff3b",
    "\\": "\u20e5\u29f5\u29f9\ufe68\uff3c",
    "]": "\uff3d",
    "^": "\u02c6\u0302\u1dcd\uff3e",
    "_": "\u0332\u2017\uff3f",
    "{": "\u2774\ufe5b\uff5b",
    "|": "\u20d2\u20d3\u2223\u239c\u239f\u23b8\u23b9\u23d0\uff5c",
    "}": "\u2775\ufe5c\uff5d",
    "~": "\u02dc\u02f7\u0303\u0330\u0334\u223c\uff5e",
}
"""By their replacement, since that is what they have in common."""

REPLACEMENTS: dict[str, str] = (
    _FULLWIDTH
    | _SMALL_CAPITALS
    | {character: plain for plain, characters in _ALIKE.items() for character in characters}
)

_TABLE = str.maketrans(REPLACEMENTS)
_ANY = re.compile(f"[{re.escape(''.join(REPLACEMENTS))}]")


def smart_encode(text: str) -> str:
    """`text` as a phone gets it where Smart Encoding is on.

    Whatever has no replacement stays, and then the rest is replaced nevertheless.
    """
    return text.translate(_TABLE) if _ANY.search(text) else text
