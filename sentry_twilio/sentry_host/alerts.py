"""From an event of Sentry's to an alert."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sentry_twilio.core import LEVELS, Alert, Level, Project

SOURCE = "sentry"
# The one level of Sentry's that nobody else has, the least of all.
_LEVELS: dict[str, Level] = {level: level for level in LEVELS} | {"sample": "debug"}
# What a property raises that a version does not have, or whose event lacks its data.
_UNSAID = (AttributeError, LookupError, TypeError, ValueError)

Ask = Callable[[], Any]


def of(group: Any, event: Any, rules: Iterable[str] = ()) -> Alert:
    """The alert about `event` (an Event or GroupEvent) of `group`, fired by rules of these labels.

    What Sentry does not say of an event is left out: a short text is better than none.
    """
    return Alert(
        project=Project.of(group.project),
        group=str(group.id),
        # An issue that is no error, such as a slow query, has its title in its occurrence; the
        # event's is then the name of the transaction.
        title=_first(
            lambda: event.occurrence.issue_title, lambda: event.title, lambda: group.title
        ),
        level=_level(event, group),
        culprit=_first(
            lambda: event.occurrence.culprit, lambda: event.culprit, lambda: group.culprit
        ),
        # Not `get_environment()` and `release`, which would ask the database.
        environment=_first(lambda: event.get_tag("environment")),
        release=_first(lambda: event.get_tag("sentry:release")),
        url=_first(lambda: group.get_absolute_url()),
        event_id=_first(lambda: event.event_id),
        times_seen=_count(lambda: group.times_seen),
        first_seen=_moment(lambda: group.first_seen),
        occurred_at=_moment(lambda: event.datetime),
        rule=", ".join(dict.fromkeys(rule for rule in rules if rule)),
        source=SOURCE,
    )


def _said(ask: Ask) -> Any:
    try:
        return ask()
    except _UNSAID:
        return None


def _first(*asks: Ask) -> str:
    return next((str(said) for said in map(_said, asks) if said), "")


def _level(event: Any, group: Any) -> Level:
    """The event's own level; an issue's is that of whatever came last."""
    for ask in (lambda: event.get_tag("level"), lambda: group.get_level_display()):
        said = _first(ask).lower()
        if said in _LEVELS:
            return _LEVELS[said]
    return "error"


def _count(ask: Ask) -> int:
    seen = _said(ask)
    return seen if isinstance(seen, int) and seen > 0 else 1


def _moment(ask: Ask) -> datetime | None:
    moment = _said(ask)
    return moment if isinstance(moment, datetime) else None
