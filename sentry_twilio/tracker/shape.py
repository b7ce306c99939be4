"""Finding things in an event of any SDK. Whatever has another shape counts as absent."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

Data = dict[str, Any]

FIRST = datetime(1970, 1, 1, tzinfo=UTC)

_BLANK = re.compile(r"\s+")


def mapping(value: object) -> Data:
    return value if isinstance(value, dict) else {}


def values(value: object) -> list[Data]:
    """The objects of a `{"values": [...]}`, of a list, or of a single object."""
    if isinstance(value, dict):
        value = value.get("values", [value])
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(value: object, limit: int | None = None) -> str:
    """A string or number as stripped text of at most `limit` characters; anything else is ""."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return str(value).strip()[:limit].rstrip()


def first_line(value: object, limit: int | None = None) -> str:
    """The first line that says something, its blanks made single."""
    lines = text(value).splitlines()
    return _BLANK.sub(" ", lines[0])[:limit].rstrip() if lines else ""


def moment(value: object) -> datetime | None:
    """An aware moment in UTC from ISO 8601 (naive means UTC) or seconds since 1970; None for
    anything else, and for what is earlier: nothing that reports here happened then."""
    given = text(value)
    try:
        found = datetime.fromtimestamp(float(given), UTC)
    except (ValueError, OverflowError, OSError):
        try:
            found = datetime.fromisoformat(given)
            found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            return None
    return found if found >= FIRST else None


def exceptions(data: Data) -> list[Data]:
    """What was raised, the cause first; an ExceptionGroup comes after its members."""
    return values(data.get("exception") or data.get("sentry.interfaces.Exception"))


def frames(holder: Data) -> list[Data]:
    """The frames of an exception or an event, the innermost last."""
    return values(mapping(holder.get("stacktrace")).get("frames") or [])


def telling_frames(holder: Data) -> list[Data]:
    """The application's own frames; where no frame is marked so, all of them."""
    every = frames(holder)
    return [frame for frame in every if frame.get("in_app") is True] or every


def _entry(data: Data) -> Data:
    for name in ("logentry", "sentry.interfaces.Message", "message"):
        if isinstance(data.get(name), dict):
            return mapping(data[name])
    return {}


def message(data: Data) -> str:
    """What was logged or captured, with its parameters filled in."""
    entry = _entry(data)
    return text(entry.get("formatted")) or text(data.get("message")) or text(entry.get("message"))


def template(data: Data) -> str:
    """The same before its parameters were filled in, as far as the SDK sent it."""
    return text(_entry(data).get("message")) or message(data)


def tags(data: Data) -> dict[str, str]:
    """Tags, which come as an object, as pairs, or as a list of `key` and `value`."""
    given = data.get("tags")
    if isinstance(given, dict):
        pairs = list(given.items())
    elif isinstance(given, list):
        pairs = [pair for item in given if (pair := _pair(item))]
    else:
        pairs = []
    return {text(key, 200): text(value, 200) for key, value in pairs if text(key)}


def _pair(item: object) -> tuple[Any, Any] | None:
    if isinstance(item, list) and len(item) == 2:
        return item[0], item[1]
    if isinstance(item, dict) and "key" in item:
        return item["key"], item.get("value")
    return None
