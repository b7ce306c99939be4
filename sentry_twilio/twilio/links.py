"""Web addresses that come with an error, made into text that no phone turns into a link.

Whoever can report an error can write its title: the key that a web page reports with is public.
A link in an alert would carry the trust that the alert has. So a blank goes in before the dot
of a name, and after the colon of a scheme: `https: //evil .com/x`. That can still be read and,
by a person who knows what it is, put together again; it costs a character each, where the
brackets of `evil[.]com` would cost four.

Phones make a link of whatever begins with a scheme or `www.`, of a name that ends in a
top-level domain, and of four numbers with dots; `manage.py` is one of them, because `.py` is
Paraguay's. A dotted name that ends otherwise, such as `django.db.OperationalError`, is left alone.
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache
from pathlib import Path

from sentry_twilio.twilio import plain, smart


def _alike(character: str) -> str:
    """What may yet become this character, on our way or on Twilio's, for a character class."""
    tables = (plain.REPLACEMENTS, smart.REPLACEMENTS)
    others = {other for table in tables for other, to in table.items() if to == character}
    return re.escape(character + "".join(sorted(others)))


_DOT, _COLON, _SLASH = _alike("."), _alike(":"), _alike("/")
_NAME = r"\w\-"
_SUSPECT = re.compile(f"[{_DOT}][{_NAME}]|[{_COLON}][{_SLASH}]")
_SCHEME = re.compile(f"[{_COLON}](?=[{_SLASH}][{_SLASH}])")
# The host of an address that says it is one: after its scheme, after www, or before a path.
_HOST = re.compile(
    f"(?:(?<=[{_COLON}] [{_SLASH}][{_SLASH}])[^\\s{_SLASH}?#]+"
    f"|(?<!\\w)www[{_DOT}][^\\s{_SLASH}?#]*"
    f"|(?<![{_NAME}{_DOT}{_SLASH}\\\\@])[{_NAME}]+(?:[{_DOT}][{_NAME}]+)*[{_DOT}][^\\W\\d_]{{2,}}"
    f"(?=[{_SLASH}][^\\s{_SLASH}]))",
    re.IGNORECASE,
)
_DOT_IN_HOST = re.compile(f"(?<=[^\\s{_DOT}])[{_DOT}](?=[{_NAME}])")
_DOT_BEFORE_WORD = re.compile(
    f"(?<=[{_NAME}])[{_DOT}](?=(xn--[{_NAME}]+|[^\\W\\d_]\\w*))", re.IGNORECASE
)
_NUMBERS = re.compile(f"(\\d{{1,3}}(?:[{_DOT}]\\d{{1,3}}){{2}})(?=[{_DOT}]\\d)")


def break_up(text: str) -> str:
    """`text` with a blank in whatever a phone would make a link of. Again changes nothing."""
    if not _SUSPECT.search(text):
        return text
    text = _SCHEME.sub(lambda colon: colon[0] + " ", text)
    text = _HOST.sub(lambda host: _DOT_IN_HOST.sub(_before, host[0]), text)
    text = _NUMBERS.sub(r"\1 ", text)
    return _DOT_BEFORE_WORD.sub(lambda dot: _before(dot) if is_tld(dot[1]) else dot[0], text)


def cut_back(text: str) -> str:
    """The beginning of `text`, which was cut, without a link that only the cut made.

    `evil.community`, broken off after `evil.com`, would be one.
    """
    broken = break_up(text)
    if broken == text:
        return text
    same = next(n for n, (a, b) in enumerate(zip(text, broken, strict=False)) if a != b)
    return text[:same].rstrip()


def is_tld(label: str) -> bool:
    """Whether a name that ends in `label` may be a host on the internet."""
    # Fullwidth letters and capitals are the same to a resolver, small ones once encoded.
    name = unicodedata.normalize("NFKC", smart.smart_encode(label)).casefold()
    return name in _tlds() or name.startswith("xn--")


@cache
def _tlds() -> frozenset[str]:
    source = Path(__file__).with_name("tlds.json").read_text("utf-8")
    names = (unicodedata.normalize("NFKC", name) for name in json.loads(source)["names"])
    return frozenset(name.casefold() for name in names)


def _before(dot: re.Match[str]) -> str:
    return " " + dot[0]
