"""Sentry's internal integrations, https://docs.sentry.io/integrations/integration-platform/webhooks/

Which reader is used, the header `Sentry-Hook-Resource` says; what is not in the table is
answered and counted, since an integration may be subscribed to much that is no alert.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sentry_twilio.core import Alert, Level, Project, Reason
from sentry_twilio.sources import sentry_issue
from sentry_twilio.sources.hook import (
    Change,
    Hook,
    NotUnderstood,
    Reported,
    foreign_project,
    need,
    need_text,
)
from sentry_twilio.sources.sentry_event import (
    environment_of,
    organization_of,
    path_of,
    release_of,
    title_of,
)
from sentry_twilio.sources.sentry_settings import of_issue_alert, of_metric_alert
from sentry_twilio.tracker import shape
from sentry_twilio.tracker.event import level

_API = re.compile(r"/api/0/projects/([^/]+)/([^/]+)/events/")

OCCURRENCES: dict[int, Reason] = {4001: "uptime", 7001: "uptime", 8001: "metric"}
"""Types of issues that are no errors: a cron monitor, an uptime monitor, a metric."""
METRIC: dict[str, tuple[Level, Change]] = {
    "critical": ("error", "opened"),
    "warning": ("warning", "opened"),
    "open": ("error", "opened"),
    "resolved": ("info", "resolved"),
}


def read(hook: Hook) -> list[Alert]:
    """The alerts of a call; none for what is no alert."""
    reader = READERS.get(hook.resource)
    if reader is None:
        return []
    action = shape.text(hook.data.get("action"), 40)
    return list(reader(action, need(hook.data, "data"), hook.data))


def _event_alert(action: str, data: dict[str, Any], body: dict[str, Any]) -> list[Reported]:
    event = need(data, "event", "data.")
    project, organization = _project_of(event)
    kind = shape.mapping(event.get("occurrence")).get("type")
    reason = OCCURRENCES.get(kind) if isinstance(kind, int) else None
    return [
        Reported(
            project=project,
            group=need_text(event, "issue_id", "data.event.", 100),
            title=title_of(event),
            level=level(event.get("level") or shape.tags(event).get("level")),
            reason=reason or "new",
            knows_reason=reason is not None,
            is_watched=reason is not None,
            culprit=shape.first_line(event.get("culprit"), 300),
            environment=environment_of(event),
            release=release_of(event),
            url=shape.first_line(event.get("web_url")),
            event_id=shape.text(event.get("event_id"), 32),
            occurred_at=shape.moment(event.get("datetime") or event.get("timestamp")),
            ingested_at=shape.moment(event.get("received")),
            rule=shape.first_line(data.get("triggered_rule"), 200),
            settings=of_issue_alert(data),
            organization=organization,
            source="sentry",
        )
    ]


def _metric_alert(action: str, data: dict[str, Any], body: dict[str, Any]) -> list[Reported]:
    if not action:
        raise NotUnderstood("`action` is missing, or no text.")
    if action not in METRIC:
        return []
    severity, change = METRIC[action]
    alert = need(data, "metric_alert", "data.")
    rule = shape.mapping(alert.get("alert_rule"))
    slugs = alert.get("projects") or rule.get("projects")
    slugs = slugs if isinstance(slugs, list) and slugs else [""]
    incident = need_text(alert, "id", "data.metric_alert.", 40)
    link = shape.first_line(data.get("web_url"))
    # One issue for all incidents of a rule: it is muted once, and comes back as a regression.
    group = f"metric:{shape.text(rule.get('id'), 40) or incident}"
    return [
        Reported(
            project=foreign_project(slug=slug),
            group=group,
            title=shape.first_line(data.get("description_title"), 500)
            or need_text(alert, "title", "data.metric_alert."),
            level=severity,
            reason="resolved" if change == "resolved" else "metric",
            change=change,
            turn=f"{incident}:{action}"[:60],
            incident=incident,
            is_watched=True,
            culprit=shape.first_line(data.get("description_text"), 300),
            environment=shape.text(rule.get("environment"), 64),
            url=link,
            first_seen=shape.moment(alert.get("date_started")),
            rule=shape.first_line(rule.get("name"), 200),
            settings=of_metric_alert(action, alert, body),
            organization=organization_of(link),
            source="sentry",
        )
        for slug in dict.fromkeys(shape.text(slug, 100) for slug in slugs)
    ]


def _project_of(event: dict[str, Any]) -> tuple[Project, str]:
    """The event's project, whose slug stands in the API's address only, and the organisation."""
    if found := _API.search(path_of(event.get("url"))):
        return foreign_project(event.get("project"), found[2]), found[1][:80]
    return foreign_project(event.get("project")), organization_of(event.get("web_url"))


Reader = Callable[[str, dict[str, Any], dict[str, Any]], list[Reported]]
READERS: dict[str, Reader] = {
    "event_alert": _event_alert,
    "metric_alert": _metric_alert,
    "issue": sentry_issue.of_issue,
    "activity_alert": sentry_issue.of_activity,
}
