"""The text of a digest: how much happened while alerts were held back, and the worst of it.

    Sentry [Shop] FATAL: 41 alerts of 3 issues since 14:05 UTC: 38x PaymentError: card declined;
    2x TimeoutError; KeyError: 'sku' https://alerts.example.com/d/17/

A project's own template does not apply: its fields are those of one alert, and a digest has
others, which must not go missing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timezone

import grapheme

from sentry_twilio.core import Digest
from sentry_twilio.core.words import counted
from sentry_twilio.twilio import links, segments
from sentry_twilio.twilio.plain import joined
from sentry_twilio.twilio.plain import plain as spell_plain
from sentry_twilio.twilio.room import Room
from sentry_twilio.twilio.sanitize import clean, first_line, web_address
from sentry_twilio.twilio.shorten import ELLIPSIS, LEAST_TITLE, without_new_link

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LEAST_NAME = 20
_SHORTEST_TITLE = 8


@dataclass(frozen=True, slots=True)
class _Shape:
    """A way to write a digest: at most so much of the project's name, at least so much of each
    title (0: no titles), in characters, with or without the link."""

    name: int
    least_title: int
    link: bool


# From the best to the last resort. The counts, the level and the time are in each: they say
# whether to get up. The last one is short enough for any budget.
_SHAPES = (
    _Shape(segments.MAX_BODY, LEAST_TITLE, link=True),
    _Shape(segments.MAX_BODY, LEAST_TITLE, link=False),
    _Shape(_LEAST_NAME, LEAST_TITLE, link=True),
    _Shape(_LEAST_NAME, LEAST_TITLE, link=False),
    _Shape(_LEAST_NAME, _SHORTEST_TITLE, link=True),
    _Shape(_LEAST_NAME, _SHORTEST_TITLE, link=False),
    _Shape(_LEAST_NAME, 0, link=True),
    _Shape(_LEAST_NAME, 0, link=False),
    # A name that makes the text UCS-2 may leave no room at all.
    _Shape(0, LEAST_TITLE, link=True),
    _Shape(0, LEAST_TITLE, link=False),
    _Shape(0, 0, link=True),
    _Shape(0, 0, link=False),
)


@dataclass(frozen=True, slots=True)
class _Words:
    """What a digest is written with, free of what must not reach a phone."""

    project: str
    summary: str
    issues: int
    titles: tuple[tuple[str, int], ...]
    link: str

    def spelled(self, spell: Callable[[str], str]) -> _Words:
        """In another spelling, without a link in a title that only this made."""
        titles = tuple((links.break_up(spell(title)), count) for title, count in self.titles)
        return replace(self, project=spell(self.project), titles=titles)


def compose(
    digest: Digest,
    budget: int = 1,
    link: bool = False,
    *,
    plain: bool = False,
    smart: bool = False,
    trial: bool = False,
    now: datetime | None = None,
) -> str:
    """`Sentry [PROJECT] LEVEL: N alerts of N issues since HH:MM UTC: 38x TITLE; 2x TITLE LINK`.

    It never costs more than `budget` segments (1 to 10), and its numbers are always whole. As
    many titles are named as have room for 20 characters each; how many issues are not named is
    said at their end. `plain`, `smart` and `trial` as for an alert (`text.compose`). The day is
    named where it is not that of `now` (aware; the current time by default).
    """
    room = Room.of(budget, trial, smart)
    words = _words(digest, link, now or datetime.now(timezone.utc))
    if not plain:
        return _write(words, room)
    words = words.spelled(joined)
    spelled = words.spelled(spell_plain)
    text = _write(spelled, room)
    if spelled == words or segments.measure(text).encoding == "GSM-7":
        return text
    return _write(words, room)


def _words(digest: Digest, link: bool, now: datetime) -> _Words:
    alerts, issues = counted(digest.alerts, "alert"), counted(digest.issues, "issue")
    summary = (
        f"{clean(digest.level).upper()}: {alerts} of {issues} since {_when(digest.since, now)}"
    )
    return _Words(
        project=clean(digest.project.name),
        summary=summary,
        issues=digest.issues,
        # What is longer has no room in any message, and would only be slow.
        titles=tuple((first_line(title)[: segments.MAX_BODY], n) for title, n in digest.titles),
        link=web_address(digest.url) if link else "",
    )


def _when(moment: datetime, now: datetime) -> str:
    moment, now = moment.astimezone(timezone.utc), now.astimezone(timezone.utc)
    # Not by strftime, whose months are in the language of the machine.
    day = f"{moment.day} {_MONTHS[moment.month - 1]} " if moment.date() != now.date() else ""
    return f"{day}{moment:%H:%M} UTC"


def _write(words: _Words, room: Room) -> str:
    return next(text for shape in _SHAPES for text in _written(words, shape, room))


def _written(words: _Words, shape: _Shape, room: Room) -> Iterator[str]:
    """The text in this shape with the most titles that have room, if there is any."""
    if shape.link and not words.link:
        return
    name = _cut(words.project, shape.name) if shape.name else ""
    head = f"Sentry [{name}] {words.summary}" if name else f"Sentry {words.summary}"
    tail = f" {words.link}" if shape.link else ""
    if not shape.least_title or not words.titles:
        if room.holds(head + tail):
            yield head + tail
        return
    for named in range(len(words.titles), 0, -1):
        text = _with_titles(words, named, shape.least_title, head, tail, room)
        if text:
            yield text
            return


def _with_titles(
    words: _Words, named: int, least: int, head: str, tail: str, room: Room
) -> str | None:
    """With the first `named` titles, each as long as there is room for all of them."""
    titles = words.titles[:named]
    rest = words.issues - named
    more = f"; {rest} more" if rest > 0 else ""

    def text(longest: int) -> str:
        # One issue has all the alerts: its number was said.
        parts = (
            _times(0 if words.issues == 1 else count) + _cut(title, longest)
            for title, count in titles
        )
        return f"{head}: {'; '.join(parts)}{more}{tail}"

    if not room.holds(text(least)):
        return None
    most = min(max(len(title) for title, _ in titles), 160 * room.budget)
    lengths = range(least, most + 1)
    fitting = bisect_right(lengths, False, key=lambda longest: not room.holds(text(longest)))
    return text(lengths[fitting - 1] if fitting else least)


def _times(count: int) -> str:
    return f"{count}x " if count > 1 else ""


def _cut(title: str, longest: int) -> str:
    """`title`, or its beginning of at most `longest` characters and `...`, cut at a grapheme."""
    if len(title) <= longest + len(ELLIPSIS):
        return title
    return without_new_link(title[: grapheme.safe_split_index(title, longest)]) + ELLIPSIS
