"""One event, in our words."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.db.models import CharField

from sentry_twilio.core import LEVELS, Level
from sentry_twilio.tracker import grouping, shape
from sentry_twilio.tracker.models import Event, Issue
from sentry_twilio.tracker.shape import Data

OLDEST = timedelta(days=30)
"""An event that claims to be older has a wrong clock, as one from the future has."""

UNTITLED = "(an event without a title)"

_EVENT_ID = re.compile(r"[0-9a-f]{32}\Z")
_LEVEL_NAMES: dict[str, Level] = {
    **{level: level for level in LEVELS},
    "warn": "warning",
    "log": "info",
    "critical": "fatal",
}
# raven sends the numbers of Python's logging: at least this one is that level.
_LEVEL_NUMBERS: tuple[tuple[float, Level], ...] = (
    (50, "fatal"),
    (40, "error"),
    (30, "warning"),
    (20, "info"),
)
# What rules may ask for like a tag though it stands elsewhere in the event, as with Sentry.
_IMPLIED_TAGS = ("logger", "server_name", "transaction")
_JAVASCRIPT = ("javascript", "node")


@dataclass(frozen=True, slots=True)
class Report:
    """An event whose texts fit the columns. Times are aware, in UTC."""

    event_id: str
    fingerprint: str
    title: str
    culprit: str
    level: Level
    environment: str
    release: str
    tags: dict[str, str]
    occurred_at: datetime
    received_at: datetime
    data: Data


def read_event(data: Data, received_at: datetime, event_id: object = None) -> Report:
    """Read an event of any SDK. Nothing in it is required and nothing is trusted.

    `event_id` is the envelope's, for an event that has none itself.
    """
    return Report(
        event_id=_id(data.get("event_id")) or _id(event_id) or uuid.uuid4().hex,
        fingerprint=grouping.fingerprint(data),
        title=title(data)[: _size(Issue, "title")],
        culprit=culprit(data)[: _size(Issue, "culprit")],
        level=level(data.get("level")),
        environment=shape.text(data.get("environment"), _size(Event, "environment")),
        release=shape.text(data.get("release"), _size(Event, "release")),
        tags=_tags(data),
        occurred_at=occurred_at(data.get("timestamp"), received_at),
        received_at=received_at,
        data=data,
    )


def title(data: Data) -> str:
    """`Type: first line` of the last exception, else the message's first line."""
    last = next(reversed(shape.exceptions(data)), {})
    kind, value = shape.first_line(last.get("type")), shape.first_line(last.get("value"))
    if kind:
        return f"{kind}: {value}" if value else kind
    return shape.first_line(shape.message(data)) or value or UNTITLED


def culprit(data: Data) -> str:
    """Where it happened: the transaction, else the innermost frame of ours, else the URL."""
    if transaction := shape.first_line(data.get("transaction")):
        return transaction
    for holder in (*reversed(shape.exceptions(data)), data):
        if frames := shape.telling_frames(holder):
            return _place(frames[-1], data.get("platform") in _JAVASCRIPT)
    # Not the query: a culprit goes into messages, and a query may hold a secret.
    return re.split(r"[?#]", shape.first_line(shape.mapping(data.get("request")).get("url")))[0]


def level(value: object) -> Level:
    """One of our levels, from a name or from one of logging's numbers; `error` where unknown."""
    if isinstance(value, str):
        return _LEVEL_NAMES.get(value.strip().lower(), "error")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return next((name for least, name in _LEVEL_NUMBERS if value >= least), "debug")
    return "error"


def occurred_at(value: object, received_at: datetime) -> datetime:
    """A moment in UTC from ISO 8601 (naive means UTC) or seconds since 1970; `received_at`
    where it is neither, in the future, or too long ago."""
    moment = shape.moment(value)
    if moment and received_at - OLDEST <= moment <= received_at:
        return moment
    return received_at


def _place(frame: Data, is_javascript: bool) -> str:
    module = shape.first_line(frame.get("module")) or shape.first_line(frame.get("filename"))
    function = shape.first_line(frame.get("function"))
    if is_javascript:
        return f"{function}({module})" if module else function
    return " in ".join(filter(None, (module, function)))


def _tags(data: Data) -> dict[str, str]:
    implied = {name: found for name in _IMPLIED_TAGS if (found := shape.text(data.get(name), 200))}
    return implied | shape.tags(data)


def _id(value: object) -> str:
    plain = value.replace("-", "").lower() if isinstance(value, str) else ""
    return plain if _EVENT_ID.match(plain) else ""


@cache
def _size(model: type[Issue | Event], name: str) -> int | None:
    column = model._meta.get_field(name)
    assert isinstance(column, CharField)
    return column.max_length
