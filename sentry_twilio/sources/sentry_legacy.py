"""Sentry's legacy project webhook (the "WebHooks" of a project): unsigned, one project each."""

from __future__ import annotations

from sentry_twilio.core import Alert
from sentry_twilio.sources.hook import Hook, Reported, foreign_project, need, need_text
from sentry_twilio.sources.sentry_event import environment_of, release_of, title_of
from sentry_twilio.tracker import shape
from sentry_twilio.tracker.event import level


def read(hook: Hook) -> list[Alert]:
    """One event, with the labels of the rules that fired."""
    data = hook.data
    event = need(data, "event")
    rules = data.get("triggering_rules")
    labels = [shape.first_line(label, 100) for label in rules] if isinstance(rules, list) else []
    return [
        Reported(
            project=foreign_project(
                slug=data.get("project_slug") or data.get("project"),
                name=data.get("project_name"),
            ),
            group=need_text(data, "id", limit=100),
            title=title_of({"message": data.get("message"), **event}),
            level=level(data.get("level") or event.get("level")),
            knows_reason=False,
            culprit=shape.first_line(data.get("culprit"), 300),
            environment=environment_of(event),
            release=release_of(event),
            url=shape.first_line(data.get("url")),
            event_id=shape.text(event.get("event_id"), 32),
            occurred_at=shape.moment(event.get("datetime") or event.get("timestamp")),
            ingested_at=shape.moment(event.get("received")),
            rule=", ".join(filter(None, labels))[:200],
            source="sentry",
        )
    ]
