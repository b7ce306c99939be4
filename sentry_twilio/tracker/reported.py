"""Issues that another tracker reports, instead of an SDK."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from sentry_twilio.core import Alert, Reason
from sentry_twilio.projects.models import Project
from sentry_twilio.tracker import lifecycle, sighting
from sentry_twilio.tracker.models import Issue

UNTITLED = "(an alert without a title)"


@dataclass(frozen=True, slots=True)
class Taken:
    """The issue that a report was counted to. `change` is what that meant to it, if anything:
    new, regressed, reappeared. `is_told`: nobody muted it."""

    issue: Issue
    change: Reason | None

    @property
    def is_told(self) -> bool:
        return self.issue.status == Issue.Status.UNRESOLVED


def find(project: Project, alert: Alert) -> Issue | None:
    """The issue of an alert's `source` and `group`, where it was reported before; locked.

    Call it inside `writing()`.
    """
    found = Issue.objects.select_for_update()
    return found.filter(project=project, fingerprint=fingerprint(alert)).first()


def take(project: Project, alert: Alert, at: datetime) -> Taken:
    """Count a report to its issue, made where there is none; a resolved one is there again.

    Call it inside `writing()`. The tracker's own number of events, where it says one, counts.
    """
    issue = sighting.see(
        project,
        fingerprint(alert),
        alert.title[:500] or UNTITLED,
        alert.culprit[:300],
        alert.level,
        at,
    )
    change = lifecycle.on_event(issue, at)
    changes: dict[str, object] = {}
    if alert.times_seen > issue.times_seen:
        changes["times_seen"] = min(alert.times_seen, MOST)
    if change == "new" and alert.first_seen and alert.first_seen < at:
        changes["first_seen"] = alert.first_seen
    if changes:
        Issue.objects.filter(pk=issue.pk).update(**changes)
        for name, value in changes.items():
            setattr(issue, name, value)
    return Taken(issue, change)


MOST = 2**31 - 1
"""The largest number that a column takes."""


def fingerprint(alert: Alert) -> str:
    """A hex SHA-256 that no event of an SDK has."""
    return hashlib.sha256(json.dumps(["report", alert.source, alert.group]).encode()).hexdigest()
