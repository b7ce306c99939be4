"""What a text costs: its encoding and its number of segments, counted as Twilio counts.

GSM 03.38 and 3GPP TS 23.040 give the sizes; where a segment ends was compared with Twilio's
own `sms-segments-calculator`. Sizes are septets in GSM-7 and UTF-16 code units in UCS-2.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

import grapheme

from sentry_twilio.twilio.smart import smart_encode

Encoding = Literal["GSM-7", "UCS-2"]

MAX_BODY = 1600
"""Characters that Twilio takes in one message, whatever they cost (error 21617)."""

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = "^{}[]~\\|€\f"  # an escape and a septet each
_CAPACITY: dict[Encoding, tuple[int, int]] = {"GSM-7": (160, 153), "UCS-2": (70, 67)}
"""Room in a message of one segment, and in each segment of a longer one."""

_NOT_GSM = re.compile(f"[^{re.escape(_BASIC + _EXTENSION)}]")
_TWO_SEPTETS = re.compile(f"[{re.escape(_EXTENSION)}]")
# Characters that never join with each other to one grapheme. Most texts have nothing else,
# and looking at graphemes is a hundred times slower.
_LONERS = (
    "\n\x20-\u02ff\u0370-\u0482\u048a-\u0590\u1e00-\u200a\u2010-\u2027\u2030-\u205f\u2070-\u20cf"
    "\u2100-\u2bff\u3000-\u3029\u3030-\u3098\u309b-\ua4cf\uac00-\ud7a3\uf900-\ufb1d"
    "\uff00-\uff9d\U0001f300-\U0001f3fa\U0001f400-\U0001faff"
)
_JOINING = re.compile(f"[^{_LONERS}]")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Measure:
    """The cost of a text. `count` is at least 1: an empty message is one, too."""

    encoding: Encoding
    count: int


def measure(text: str, smart: bool = False) -> Measure:
    """The encoding that `text` needs and the number of segments it is sent in.

    `smart`: as Twilio sends it where Smart Encoding is on.
    """
    if smart:
        text = smart_encode(text)
    encoding, size = _weigh(text)
    single, multi = _CAPACITY[encoding]
    if size <= single:
        return Measure(encoding, 1)
    if size == len(text) and (encoding == "GSM-7" or not _JOINING.search(text)):
        return Measure(encoding, -(-size // multi))
    *_, count = _pack((size for _, size in _pieces(text, encoding)), encoding)
    return Measure(encoding, count)


def surplus(text: str, budget: int) -> int:
    """How many characters, at least, must go before `text` fits the budget.

    0 where the text may fit, and where a shorter text might need another encoding.
    """
    encoding, size = _weigh(text)
    single, multi = _CAPACITY[encoding]
    room = single if budget == 1 else budget * multi
    return max(0, size - room + 1) // 2 if encoding == "GSM-7" else 0


def _weigh(text: str) -> tuple[Encoding, int]:
    if _NOT_GSM.search(text):
        return "UCS-2", len(text) + len(_ASTRAL.findall(text))
    return "GSM-7", len(text) + len(_TWO_SEPTETS.findall(text))


def fit(text: str, budget: int, smart: bool = False) -> str:
    """The longest prefix of `text` that costs at most `budget` segments.

    It is cut at a grapheme: an accent stays with its letter and a flag whole. A budget below 1
    leaves nothing. With `smart` it costs what `measure` with `smart` says; the prefix itself is
    not encoded.
    """
    if budget < 1:
        return ""
    if smart and smart_encode(text) != text:
        return _fit_smart(text, budget)
    # Beyond this nothing can fit, and a title may be megabytes. The last piece may have lost
    # its end with the rest, so it must not count.
    limit = budget * _CAPACITY["GSM-7"][0] + MAX_BODY
    if len(text) <= limit and measure(text).count <= budget:
        return text
    odd = _NOT_GSM.search(text, 0, limit)
    if odd is None:
        return text[: _prefix(text[:limit], "GSM-7", budget)]
    # Up to the first odd character the text is GSM-7 and twice as much fits. So the prefix
    # either reaches beyond that character, or it ends before it.
    length = _prefix(text[:limit], "UCS-2", budget)
    if length > odd.start():
        return text[:length]
    plain = text[: grapheme.safe_split_index(text[: odd.end()], odd.start())]
    return plain[: _prefix(plain, "GSM-7", budget)]


def _fit_smart(text: str, budget: int) -> str:
    """By halving: Smart Encoding may lengthen a text, shorten it or change its encoding."""
    # What is replaced by nothing costs nothing, so that no length is too long by itself.
    end = budget * _CAPACITY["GSM-7"][0] + MAX_BODY
    while end < len(text) and measure(text[:end], smart=True).count <= budget:
        end *= 2
    text = text[:end]
    places = ends(text)
    return text[: places[bisect_right(places, budget, key=lambda end: _cost(text, end)) - 1]]


def _cost(text: str, end: int) -> int:
    return measure(text[:end], smart=True).count if end else 0


def ends(text: str) -> Sequence[int]:
    """Where the graphemes of `text` end, beginning with 0 for none."""
    if not _JOINING.search(text):
        return range(len(text) + 1)
    return list(accumulate(map(len, grapheme.graphemes(text)), initial=0))


def _prefix(text: str, encoding: Encoding, budget: int) -> int:
    """How many characters of `text` fit, all of them counted in one encoding."""
    length = 0
    lengths = ((len(piece), size) for piece, size in _pieces(text, encoding))
    sizes: list[int] = []

    def spending() -> Iterator[int]:
        for characters, size in lengths:
            sizes.append(characters)
            yield size

    for count in _pack(spending(), encoding):
        if count > budget:
            break
        length += sizes[-1]
    if text[length - 1 : length + 1] == "\r\n":
        length -= 1
    return length


def _pieces(text: str, encoding: Encoding) -> Iterator[tuple[str, int]]:
    """What no segment border may split, each with its size."""
    if encoding == "GSM-7":
        for character in text:
            yield character, 2 if character in _EXTENSION else 1
        return
    whole = grapheme.graphemes(text) if _JOINING.search(text) else iter(text)
    for piece in whole:
        # A line break of two characters is a grapheme, and may yet be split.
        for part in piece if piece == "\r\n" else (piece,):
            yield part, len(part) + sum(character > "\uffff" for character in part)


def _pack(sizes: Iterable[int], encoding: Encoding) -> Iterator[int]:
    """The number of segments after each piece.

    The first segment has more room until there is a second one. Then it gives up what its
    header displaces, and all of that opens the second, even where it is more than a segment.
    """
    single, multi = _CAPACITY[encoding]
    count, used, room = 1, 0, single
    first: list[int] = []
    for size in sizes:
        if used + size > room:
            moved = 0
            if count == 1:
                room = multi
                while used - moved > multi:
                    moved += first.pop()
            used = moved
            count += 1
        elif count == 1:
            first.append(size)
        used += size
        yield count
