"""Web addresses that come with an error, made into text that no phone turns into a link.

Whoever can report an error can write its title: the key that a web page reports with is public.
A link in an alert would carry the trust that the alert has. So a blank goes in before the dot
of a name, and after the colon of a scheme: `https: //evil .com/x`. That can still be read and,
by a person who knows what it is, put together again; it costs a character each, where the
brackets of `evil[.]com` would cost four.

Phones make a link of whatever begins with a scheme or `www.`, of a name that ends in a
top-level domain, and of four numbers with dots. Titles are full of names that only look like it:
`java.io.IOException` ends otherwise, and what is mostly code (`_IN_CODE`) or a file stays where it
is called, belongs to `self`, or is a file's ending. So a host such as `evil.run()` passes; a title
that nobody can read any more would be the worse harm.
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
# Accents and variation selectors are no letters, but a name goes on after them.
_NAME = r"\w\-\u0300-\u036f\ufe00-\ufe0f"
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
_NAMES = re.compile(f"[{_NAME}]+(?:[{_DOT}][{_NAME}]+)+")
_LABEL = re.compile(f"([{_DOT}])([{_NAME}]+)")
_WORD = re.compile(r"xn--[\w\-]+|[^\W\d_]\w*", re.IGNORECASE)
# Top-level domains that are methods and attributes in daily code: few, as each lets hosts through.
_IN_CODE = frozenset({
    "at", "call", "data", "date", "events", "group", "id", "in", "is", "link", "map",
    "name", "next", "now", "open", "parts", "play", "post", "read", "run", "save",
    "search", "select", "show", "style", "target", "to", "watch",
})  # fmt: skip
_MARK = re.compile("[\u0300-\u036f\ufe00-\ufe0f]")
_PLAIN_START = re.compile("[A-Za-z0-9_]")
_OWNERS = frozenset({"self", "this", "cls"})
# Alone, only what titles have daily; in a path, whatever is a file's.
_FILES = frozenset({"py", "md", "rs"})
_FILES_IN_PATHS = _FILES | {"sh", "pl", "ps", "cc", "so"}
_PATH_OF_HOST = re.compile(f"[{_SLASH}?#]|[{_COLON}]\\d+[{_SLASH}?#]")
# Neither the version v1.2.3.4 nor a part of 2024.10.11.1; a dot that is yet to become one ends it.
_NUMBERS = re.compile(
    f"(?<!\\w)(?<!\\w\\.)(\\d{{1,3}}(?:[{_DOT}]\\d{{1,3}}){{2}})"
    f"(?=([{_DOT}]\\d{{1,3}})(?!\\w|\\.\\d))"
)


def break_up(text: str) -> str:
    """`text` with a blank in whatever a phone would make a link of. Again changes nothing."""
    if not _SUSPECT.search(text):
        return text
    text = _SCHEME.sub(lambda colon: colon[0] + " ", text)
    text = _HOST.sub(lambda host: _DOT_IN_HOST.sub(_before, host[0]), text)
    # Names first: without its last label, 1.2.3.4.com is an address of numbers.
    return _NUMBERS.sub(_numbers, _NAMES.sub(_names, text))


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


def _numbers(found: re.Match[str]) -> str:
    numbers = re.findall(r"\d+", found[1] + found[2])
    return found[0] + " " * all(int(number) <= 255 for number in numbers)


def _names(run: re.Match[str]) -> str:
    """A dotted name with a blank before its last label, and then before what is the last."""
    labels = list(_LABEL.finditer(run[0]))
    # Code is written with plain dots and letters; what is not may be read differently.
    is_plain = all(label[1] == "." for label in labels) and not _MARK.search(run[0])
    if is_plain and _is_code(run, labels[-1][2]):
        return run[0]
    text, is_last = run[0], True
    for label in reversed(labels):
        word = _WORD.match(label[2])
        # An accent of its own is no letter to some phones: the name ends before it.
        ends = word and (is_last or word.end() < len(label[2]))
        if word and ends and is_tld(word[0]):
            text = f"{text[: label.start()]} {text[label.start() :]}"
            is_last = True  # of what stands before the blank
        else:
            # Some phones see the end of a name where letters of another script begin, or a
            # hyphen, or after a dot that only looks like one.
            is_last = label[1] != "." or not _PLAIN_START.match(label[2])
    return text


def _is_code(run: re.Match[str], last: str) -> bool:
    """Whether a name is rather a method, an attribute or a file than a host."""
    text, start, end = run.string, run.start(), run.end()
    before = text[max(0, start - 2) : start]
    if before.endswith("@") or _PATH_OF_HOST.match(text, end):
        return False
    if last in _IN_CODE:
        head = run[0][: -len(last) - 1]
        owner = re.split(f"[{_DOT}]", head)[0]
        return text[end : end + 1] == "(" or owner in _OWNERS or len(owner) == 1
    in_path = before[-1:] in ("/", "\\") and before != "//"
    return last in (_FILES_IN_PATHS if in_path else _FILES)
