"""An alert's text message, within its budget of segments."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sentry_twilio.core import Alert
from sentry_twilio.twilio import links, segments, template
from sentry_twilio.twilio.plain import joined
from sentry_twilio.twilio.plain import plain as spell_plain
from sentry_twilio.twilio.room import Room
from sentry_twilio.twilio.sanitize import clean, first_line, line, web_address
from sentry_twilio.twilio.shorten import ELLIPSIS, LEAST_TITLE, fill, shorten

# What whoever reports an error can write; the rest is the project's own.
_REPORTED = ("title", "culprit", "environment", "release")


def compose(
    alert: Alert,
    budget: int = 1,
    link: bool = False,
    *,
    own: str = "",
    plain: bool = False,
    smart: bool = False,
    trial: bool = False,
) -> str:
    """`Sentry [PROJECT NAME] LEVEL: first line of the title`, shortened to fit.

    It never costs more than `budget` segments (1 to 10), nor has more than 1600 characters.
    With `link`, the issue's URL follows where it fits and leaves the title enough room.

    `own` is a template to use instead of that text (`template.py`). `plain` gives characters
    their plain form where that makes the text GSM-7; where it needs UCS-2 all the same, it is
    left whole. `smart`: Twilio may apply Smart Encoding; `trial`: it puts a prefix before the
    text. Both are counted.
    """
    room = Room.of(budget, trial, smart)
    if template.problem(own):
        own = ""  # stored past the form; an alert in other words is better than none
    values = _values(alert, link)
    if not plain:
        return _write(values, template.parse(own), room)
    values = _spelled(values, joined)
    spelled = _spelled(values, spell_plain)
    spelled["link"] = values["link"]
    text = _write(spelled, template.parse(own, spell_plain), room)
    if segments.measure(text).encoding == "GSM-7" or (
        spelled == values and spell_plain(own) == own
    ):
        return text
    return _write(values, template.parse(own), room)


def _values(alert: Alert, link: bool) -> dict[str, str]:
    """What the fields of a template stand for."""
    return {
        "project": clean(alert.project.name),
        "level": clean(alert.level).upper(),
        "title": first_line(alert.title),
        "culprit": line(alert.culprit),
        "environment": line(alert.environment),
        "release": line(alert.release),
        "rule": clean(alert.rule),
        "link": web_address(alert.url) if link else "",
        "count": str(alert.times_seen),
    }


def _spelled(values: Mapping[str, str], spell: Callable[[str], str]) -> dict[str, str]:
    """The values in another spelling, without a link that only this made, as of a `№.com`."""
    spelled = {name: spell(value) for name, value in values.items()}
    return spelled | {name: links.break_up(spelled[name]) for name in _REPORTED}


def _write(values: Mapping[str, str], own: template.Template, room: Room) -> str:
    # A template of nothing but fields that are empty would make an empty message.
    return fill(own, values, room) or _default(values, room)


def _default(values: Mapping[str, str], room: Room) -> str:
    head = f"Sentry [{values['project']}] {values['level']}: "
    title, url = values["title"], values["link"]
    if url:
        least = len(head) + LEAST_TITLE + len(ELLIPSIS)
        shortened = shorten(head + title, room, " " + url)
        if shortened is not None and (shortened == head + title or len(shortened) >= least):
            return f"{shortened} {url}"
    return shorten(head + title, room) or ""
