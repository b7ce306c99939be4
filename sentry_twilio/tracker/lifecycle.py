"""What may become of an issue, and who made it so."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.dispatch import Signal
from django.utils import timezone

from sentry_twilio.core import Reason
from sentry_twilio.projects.access import record
from sentry_twilio.projects.transactions import writing
from sentry_twilio.tracker.models import Issue

Actor = User | AnonymousUser | None
Status = Issue.Status

changed = Signal()
"""Sent with `issue` once somebody changed what becomes of it, inside the same transaction."""


def resolve(issue: Issue, user: Actor) -> bool:
    """It is mended: the next event is a regression. False where that was so already."""
    return _become(issue, user, "Resolved", status=Status.RESOLVED, resolved_at=timezone.now())


def unresolve(issue: Issue, user: Actor) -> bool:
    """It is not mended after all. False where it was unresolved already."""
    return _become(issue, user, "Unresolved", status=Status.UNRESOLVED)


def mute(issue: Issue, user: Actor, until: datetime | None = None) -> bool:
    """Tell nobody of it until then (aware), or ever where `until` is None.

    It stays muted until the first event after that moment, which makes it reappear.
    """
    how = f"Muted until {until:%Y-%m-%d %H:%M %Z}" if until else "Muted"
    return _become(issue, user, how, status=Status.MUTED, muted_until=until)


def unmute(issue: Issue, user: Actor) -> bool:
    """End a mute by hand. False where it was not muted."""
    if issue.status != Status.MUTED:
        return False
    return _become(issue, user, "Unmuted", status=Status.UNRESOLVED)


def on_event(issue: Issue, now: datetime) -> Reason | None:
    """What an event means to the issue that it was just counted towards.

    Reopens a resolved issue, and one whose mute is over. Call it in the transaction of
    `sighting.see`, whose row lock it relies on.
    """
    if issue.times_seen == 1:
        return "new"
    if issue.status == Status.RESOLVED:
        reason: Reason = "regressed"
    elif issue.status == Status.MUTED and issue.muted_until and issue.muted_until <= now:
        reason = "reappeared"
    else:
        return None
    _write(issue, {"status": Status.UNRESOLVED, "resolved_at": None, "muted_until": None})
    return reason


def unresolved_groups(project_id: int, groups: Collection[str]) -> set[str]:
    """Those of a project's groups whose issues are neither resolved, muted nor gone."""
    found = Issue.of_groups(project_id, groups).filter(status=Status.UNRESOLVED)
    return {issue.group for issue in found}


def _become(issue: Issue, user: Actor, what: str, **changes: Any) -> bool:
    values = {"muted_until": None, "resolved_at": None} | changes
    with writing():
        # An event may have changed it since the page was drawn.
        current = Issue.objects.select_for_update().get(pk=issue.pk)
        same = current.status == values["status"]
        if same and current.muted_until == values["muted_until"]:
            return False
        _write(issue, values)
        record(user, f"{what}: {current.title}", current.project)
        changed.send(sender=Issue, issue=current)
    return True


def _write(issue: Issue, values: dict[str, Any]) -> None:
    Issue.objects.filter(pk=issue.pk).update(**values)
    for name, value in values.items():
        setattr(issue, name, value)
