"""Bugsink's "custom" messaging service, version 2.6."""

from __future__ import annotations

from sentry_twilio.core import Alert, Reason
from sentry_twilio.sources.hook import (
    Hook,
    NotUnderstood,
    Reported,
    count,
    foreign_project,
    need_text,
)
from sentry_twilio.tracker import shape

REASONS: dict[str, Reason] = {
    "NEW": "new",
    "REGRESSED": "regressed",
    "UNMUTED": "reappeared",
    "TEST": "test",
}


def read(hook: Hook) -> list[Alert]:
    """One issue. Bugsink knows neither levels nor environments, and sends no event's id."""
    data = hook.data
    said = need_text(data, "alert_reason")
    reason = REASONS.get(said.upper())
    if reason is None:
        raise NotUnderstood(f"`alert_reason` is none of {', '.join(REASONS)}.")
    return [
        Reported(
            project=foreign_project(data.get("project"), name=data.get("project_name")),
            group=need_text(data, "id", limit=100),
            title=need_text(data, "title"),
            reason=reason,
            culprit=shape.first_line(data.get("transaction"), 300),
            release=_release(data),
            url=shape.first_line(data.get("url")),
            times_seen=count(data.get("digested_event_count")),
            first_seen=shape.moment(data.get("first_seen")),
            # The body of a test tells of a day long ago, and always of the same one.
            occurred_at=None if reason == "test" else shape.moment(data.get("last_seen")),
            source="bugsink",
        )
    ]


def _release(data: dict[str, object]) -> str:
    seen_in = data.get("events_at")
    return shape.first_line(seen_in[-1], 200) if isinstance(seen_in, list) and seen_in else ""
