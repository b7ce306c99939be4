"""What Sentry tells of an issue's life, by whichever of two resources it does so."""

from __future__ import annotations

from typing import Any

from sentry_twilio.core import Reason
from sentry_twilio.sources.hook import (
    Change,
    NotUnderstood,
    Reported,
    count,
    foreign_project,
    need,
    need_text,
)
from sentry_twilio.sources.sentry_event import environment_of, organization_of
from sentry_twilio.sources.sentry_settings import Settings, of_activity_alert
from sentry_twilio.tracker import shape
from sentry_twilio.tracker.event import level

ISSUE: dict[str, tuple[Reason, Change]] = {
    "created": ("new", "opened"),
    "unresolved": ("regressed", "opened"),
    "resolved": ("resolved", "resolved"),
    "archived": ("resolved", "archived"),
    "ignored": ("resolved", "archived"),  # what Sentry called archived, and often still does
}
"""What else there is, or will be, such as `assigned`, is no news."""

# Names of activities changed with Sentry's versions and carry details (set_resolved_in_release,
# status_resolved), so a part of the name decides. The first that fits does.
ACTIVITIES: tuple[tuple[str, str], ...] = (
    ("unresolved", "unresolved"),
    ("regress", "unresolved"),
    ("escalating", "unresolved"),
    ("unignored", "unresolved"),
    ("resolved_in_pull_request", "assigned"),  # only mentioned in one, not resolved
    ("resolved", "resolved"),
    ("ignored", "archived"),
    ("archived", "archived"),
    ("first_seen", "created"),
    ("created", "created"),
)
OURS = ("set_", "status_", "first_seen", "created", "auto_", "issue_", "unignored", "unresolved",
        "resolved", "regression", "ignored", "archived", "escalating")  # fmt: skip
"""How an activity begins that is about the issue's state. Seer's (`seer_…`) are not."""


def of_issue(action: str, data: dict[str, Any], body: dict[str, Any]) -> list[Reported]:
    """`issue`: created, resolved, archived, unresolved …"""
    if not action:
        raise NotUnderstood("`action` is missing, or no text.")
    return _report(action, need(data, "issue", "data."), is_asked_for=False)


def of_activity(action: str, data: dict[str, Any], body: dict[str, Any]) -> list[Reported]:
    """`activity_alert`: an alert on an activity of an issue, in Sentry since the middle of 2026."""
    issue = need(data, "issue", "data.")
    kind = need_text(need(data, "activity", "data."), "type", "data.activity.", 80).lower()
    if not kind.startswith(OURS):
        return []
    done = next((done for part, done in ACTIVITIES if part in kind), "assigned")
    alert = shape.mapping(data.get("alert"))
    rule = shape.first_line(alert.get("title"), 200)
    return _report(done, issue, rule, of_activity_alert(data))


def _report(
    action: str,
    issue: dict[str, Any],
    rule: str = "",
    settings: Settings = (),
    is_asked_for: bool = True,
) -> list[Reported]:
    meaning, category = ISSUE.get(action), shape.text(issue.get("issueCategory"))
    if meaning is None or category == "feedback":  # what a user wrote is no trouble by itself
        return []
    reason, change = meaning
    project = shape.mapping(issue.get("project"))
    title = need_text(issue, "title", "data.issue.")
    link = next(filter(None, (shape.first_line(issue.get(name)) for name in LINKS)), "")
    first_seen = shape.moment(issue.get("firstSeen"))
    return [
        Reported(
            project=foreign_project(project.get("id"), project.get("slug"), project.get("name")),
            group=need_text(issue, "id", "data.issue.", 100),
            title=f"Resolved: {title}" if change == "resolved" else title,
            level="info" if change == "resolved" else level(issue.get("level")),
            reason=reason,
            change=change,
            is_watched=category in WATCHED,
            is_asked_for=is_asked_for,
            culprit=shape.first_line(issue.get("culprit"), 300),
            environment=environment_of(issue),
            url=link,
            times_seen=count(issue.get("count")),
            first_seen=first_seen,
            occurred_at=first_seen if action == "created" else None,
            rule=rule,
            settings=settings,
            organization=organization_of(issue.get("url"), link),
            source="sentry",
        )
    ]


LINKS = ("web_url", "webUrl", "permalink")
WATCHED = frozenset({"outage", "metric_alert", "metric", "uptime", "cron"})
