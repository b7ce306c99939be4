"""A project's own text, with the fields of an alert in braces.

    {level} in {project}: {title} ({culprit})

A field that is empty, or has to go because there is no room for it, takes along what was there
for its sake: brackets and quotes around it, a label such as `env=` or `env: ` or `in `, and the
blanks and separators that set it apart. `{{` and `}}` are braces themselves.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from sentry_twilio.twilio.sanitize import clean

FIELDS: dict[str, str] = {
    "project": "the project's name",
    "level": "DEBUG, INFO, WARNING, ERROR or FATAL",
    "title": "the first line of the error",
    "culprit": "where it happened",
    "environment": "such as production",
    "release": "the version that was running",
    "rule": "the alert rule that fired",
    "link": "the issue's address, where the link is switched on",
    "count": "how often it was seen",
}
"""What each field is, for a person."""

FIRST_TO_GO = ("rule", "release", "environment", "culprit")
"""What a text without enough room does without, in this order.

Then the title is shortened, down to 20 characters; then the link goes; then the title is
shortened further. Project, level and count stay: they are short, and say whether to get up.
"""

KNOWN = f"The fields are {', '.join(f'{{{name}}}' for name in FIELDS)}."
_BRACE = "To show a brace itself, write it twice: {{ or }}."
_FILLED, _EMPTY, _GONE = "\x01", "\0", "\x02"  # no literal has these: it is clean
_OPENING, _CLOSING = "([{<", ")]}>"
_SEPARATORS = r"[ ,;:|/@#=+~\u00b7\u2022\u2013\u2014-]*"
_ENCLOSED = re.compile(
    r"""\(\s*\0\s*\)|\[\s*\0\s*\]|\{\s*\0\s*\}|<\s*\0\s*>|"\s*\0\s*"|'\s*\0\s*'"""
)
# `env: {environment}`; but `Alert: {environment} {title}` begins with no label of a field.
_LABEL = re.compile(
    r"(?<![\w\x01])[^\W\d_][\w-]*=\0|(?<=\S )[^\W\d_][\w-]*: ?\0|(?<!\w)[vV]\0"
    r"|(?<=\S )(?:at|by|for|from|in|of|on) \0"
)
_APART = re.compile(f"({_SEPARATORS})\\0({_SEPARATORS})")


class TemplateError(ValueError):
    """A template that cannot be used; the message says what to do about it."""


@dataclass(frozen=True, slots=True)
class Template:
    """`literals[n]` stands before the field `names[n]`; there is one literal more."""

    literals: tuple[str, ...]
    names: tuple[str, ...]

    def render(self, values: Mapping[str, str]) -> str:
        """The text with these values; a field that has none is left out with its setting."""
        empty = frozenset(name for name in self.names if not values.get(name))
        literals, names = _without(self, empty) if empty else (self.literals, self.names)
        middle = "".join(before + values[n] for before, n in zip(literals, names, strict=False))
        return (middle + literals[-1]).strip()


def problem(text: str) -> str:
    """What is wrong with a template, in a sentence for its author, or ""."""
    try:
        parse(text)
    except TemplateError as error:
        return str(error)
    return ""


@lru_cache(maxsize=256)
def parse(text: str, spell: Callable[[str], str] = str) -> Template:
    """The template that `text` describes, its own words spelled by `spell`.

    Raises a `TemplateError`.
    """
    literals, names = [""], []
    try:
        pieces = list(string.Formatter().parse(text))
    except ValueError:
        raise TemplateError(f"A brace is without its other half. {_BRACE}") from None
    for literal, name, spec, conversion in pieces:
        literals[-1] += spell(_clean(literal))
        if name is None:
            continue
        if name not in FIELDS or spec or conversion:
            raise TemplateError(_bad_field(name, spec or "", conversion))
        names.append(name)
        literals.append("")
    return Template(tuple(literals), tuple(names))


def _bad_field(name: str, spec: str, conversion: str | None) -> str:
    whole = name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
    begun = re.match(r"\s*(\w+)", name)
    if begun and begun[1] in FIELDS:
        return f"Write {{{begun[1]}}} instead of {{{whole}}}: a field is its name and no more."
    if not whole.strip():
        return f"There is no field between {{ and }}. {KNOWN} {_BRACE}"
    return f"{{{whole}}} is not a field. {KNOWN}"


def _clean(literal: str) -> str:
    """`literal` without what must not reach a phone, its lines and outer blanks kept."""
    lines = literal.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    # `clean` strips; a mark at each end keeps the blanks that set a field apart.
    return "\n".join(clean(f".{line}.")[1:-1] for line in lines)


@lru_cache(maxsize=1024)
def _without(template: Template, empty: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    marks = [_EMPTY if name in empty else _FILLED for name in template.names]
    text = "".join(a + b for a, b in zip(template.literals, [*marks, ""], strict=True))
    while _EMPTY in text:
        text, enclosed = _ENCLOSED.subn(_EMPTY, text)
        text, labelled = _LABEL.subn(_EMPTY, text)
        if not (enclosed or labelled):
            text = _APART.sub(_close, text, count=1)
    text = re.sub(f"{_GONE}\n|\n{_GONE}|{_GONE}", "", text)
    return tuple(text.split(_FILLED)), tuple(n for n in template.names if n not in empty)


def _close(gap: re.Match[str]) -> str:
    """What remains where a field was, between the separators before and after it."""
    before, after = gap.string[: gap.start()], gap.string[gap.end() :]
    at_start = not before or before[-1] in "\n" + _OPENING
    at_end = not after or after[0] in "\n.!?" + _CLOSING
    if at_start or at_end:
        alone = before[-1:] in ("", "\n") and after[:1] in ("", "\n")
        return _GONE if alone else ""
    # Of two separators the stronger one stays: `: ` rather than a blank, a blank rather than `@`.
    return max(gap[1], gap[2], key=lambda run: (" " in run, len(run)))
