"""Foxray, version 0.1."""

from __future__ import annotations

from sentry_twilio.core import Alert, Reason
from sentry_twilio.sources.hook import Hook, Reported, count, foreign_project, need_text
from sentry_twilio.tracker import shape
from sentry_twilio.tracker.event import level

REASONS: dict[str, Reason] = {
    "new_issue": "new",
    "regression": "regressed",
    "regressed": "regressed",
    "frequent": "frequent",
    "test": "test",
}
"""By `kind`; of one that is not here only the reason is unknown."""


def read(hook: Hook) -> list[Alert]:
    """One issue, with all that an alert can say."""
    data = hook.data
    kind = need_text(data, "kind", limit=40)
    return [
        Reported(
            project=foreign_project(data.get("project_id"), data.get("project")),
            group=need_text(data, "issue_id", limit=100),
            title=need_text(data, "title"),
            level=level(data.get("level")),
            reason=REASONS.get(kind, "new"),
            knows_reason=kind in REASONS,
            culprit=shape.first_line(data.get("culprit"), 300),
            environment=shape.text(data.get("environment"), 64),
            release=shape.text(data.get("release"), 200),
            url=shape.first_line(data.get("url")),
            event_id=shape.text(data.get("event_id"), 32),
            times_seen=count(data.get("times_seen")),
            first_seen=shape.moment(data.get("first_seen")),
            occurred_at=shape.moment(data.get("last_seen")),
            source="foxray",
        )
    ]
