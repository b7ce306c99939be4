"""Anything else: a documented body that a script, a cron job or another tool can send.

Its JSON Schema is `generic.schema.json`, which the host publishes at `/hooks/generic/schema.json`.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sentry_twilio.core import LEVELS, Alert, Level, Reason
from sentry_twilio.sources import alertmanager
from sentry_twilio.sources.hook import (
    Hook,
    NotUnderstood,
    Reported,
    count,
    foreign_project,
    need_text,
)
from sentry_twilio.tracker import shape

MOST = 50
"""Alerts in one call."""
STATUSES = ("firing", "resolved", "test")
ALIASES: dict[Level, str] = {"fatal": "critical"}
"""What others call a level."""


def read(hook: Hook) -> list[Alert]:
    """One alert, or those of the list `alerts`; or what Alertmanager sends."""
    if alertmanager.is_one(hook.data):
        return alertmanager.read(hook.data)
    if "alerts" not in hook.data:
        return [_alert(hook.data, "")]
    given = hook.data["alerts"]
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise NotUnderstood("`alerts` is no list of objects, or an empty one.")
    if len(given) > MOST:
        raise NotUnderstood(f"`alerts` has more than {MOST} alerts. Send several calls.")
    return [_alert(one, f"alerts[{index}].") for index, one in enumerate(given)]


def identity(hook: Hook, body: bytes) -> str:
    """A call is known again by its `id` together with what it is about, since an id may be no
    more than a date, and its `status`, since a trouble may end under the name by which it began;
    or by the moment at which it was signed: a copy of it is the same call, a new one with the
    same words is not."""
    data = hook.data
    given = shape.text(data.get("id"))
    if given:
        group = shape.first_line(data.get("group")) or shape.first_line(data.get("title"))
        return _hash(json.dumps([shape.text(data.get("project")), group, _status(data), given]))
    if hook.signed_at:
        return hashlib.sha256(hook.signed_at.encode() + b"." + body).hexdigest()
    return ""


def _alert(data: dict[str, Any], where: str) -> Reported:
    title = need_text(data, "title", where)
    status = _status(data)
    if status not in STATUSES:
        raise NotUnderstood(f"`{where}status` is none of {', '.join(STATUSES)}.")
    level = _level(data, where)
    reasons: dict[str, Reason] = {"firing": "new", "resolved": "resolved", "test": "test"}
    project = data.get("project")
    return Reported(
        project=foreign_project(slug=project, name=project),
        group=_group(shape.text(project), shape.first_line(data.get("group")) or title),
        title=f"Resolved: {title}" if status == "resolved" else title,
        level="info" if status == "resolved" else level,
        reason=reasons[status],
        knows_reason=status != "firing",
        change="resolved" if status == "resolved" else "fired",
        is_watched=True,
        culprit=shape.first_line(data.get("culprit"), 300),
        environment=shape.text(data.get("environment"), 64),
        release=shape.text(data.get("release"), 200),
        url=shape.first_line(data.get("url")),
        event_id=_short(shape.text(data.get("id")), 32),
        times_seen=count(data.get("times_seen")),
        first_seen=shape.moment(data.get("first_seen")),
        occurred_at=_occurred_at(data, where),
        rule=shape.first_line(data.get("rule"), 200),
        source="generic",
    )


def _status(data: dict[str, Any]) -> str:
    return shape.text(data.get("status")) or "firing"


def _group(project: str, group: str) -> str:
    """Two projects may use one name for a trouble of theirs."""
    return _short(f"{project}: {group}" if project else group, 100)


def _short(text: str, limit: int) -> str:
    """`text` where it fits, else what stands for it alone: two that only begin alike differ."""
    return text if len(text) <= limit else _hash(text)[:limit]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _level(data: dict[str, Any], where: str) -> Level:
    given = (shape.text(data.get("level")) or "error").lower()
    for level in LEVELS:
        if given in (level, ALIASES.get(level)):
            return level
    raise NotUnderstood(f"`{where}level` is none of {', '.join([*LEVELS, *ALIASES.values()])}.")


def _occurred_at(data: dict[str, Any], where: str) -> Any:
    given = data.get("occurred_at")
    found = shape.moment(given)
    if given is not None and found is None:
        raise NotUnderstood(
            f"`{where}occurred_at` is no moment since 1970, in ISO 8601 such as "
            "2026-11-21T04:03:14Z or as a number of seconds."
        )
    return found
