"""From an event to what it causes: all of it in one transaction, or nothing."""

from __future__ import annotations

from django.db import IntegrityError

from sentry_twilio.core import Alert, Project, Reason
from sentry_twilio.delivery import outbox
from sentry_twilio.projects.transactions import writing
from sentry_twilio.tracker import doors, lifecycle, limits, prune, rules, sighting
from sentry_twilio.tracker.doors import Door
from sentry_twilio.tracker.event import Report
from sentry_twilio.tracker.models import Issue

MUTED = "The issue is muted."


def ingest(door: Door, report: Report) -> None:
    """Store an event, count it towards its issue, and tell people where a rule says so.

    An event that is stored already is left as it is. Raises `Rejected`: 429 over a limit, 404
    or 403 where the project or the key is gone.
    """
    try:
        _store(door, report)
    except IntegrityError:
        # What a remembered door says may be over: its project was deleted, or a rule was.
        doors.forget()
        _store(doors.find(str(door.project.pk), door.key), report)


class _Known(Exception):
    """The event was sent before; raised to undo that it was counted again."""


def _store(door: Door, report: Report) -> None:
    try:
        with writing():
            refusal = limits.take(door)
            if not refusal:
                issue, row = _write(door, report)
    except _Known:
        return
    if refusal:
        raise refusal
    # Not in the same transaction: whoever waits to write need not wait for this.
    prune.after_event(issue, row)


def _write(door: Door, report: Report) -> tuple[Issue, int]:
    issue = sighting.see(
        door.project,
        report.fingerprint,
        report.title,
        report.culprit,
        report.level,
        report.received_at,
    )
    change = lifecycle.on_event(issue, report.received_at)
    row = sighting.keep(issue, report)
    if row is None:
        raise _Known
    if issue.status != Issue.Status.RESOLVED:
        _tell(door, issue, report, change)
    return issue, row


def _tell(door: Door, issue: Issue, report: Report, change: Reason | None) -> None:
    occasion = rules.Occasion(
        issue, change, report.level, report.environment, report.tags, report.received_at
    )
    if issue.status == Issue.Status.MUTED:
        if kept_back := rules.would_fire(door.rules, occasion):
            outbox.enqueue(door.project, _alert(door, issue, report, kept_back), MUTED)
    elif fired := rules.fire(door.rules, occasion):
        outbox.enqueue(door.project, _alert(door, issue, report, fired))


def _alert(door: Door, issue: Issue, report: Report, fired: rules.Fired) -> Alert:
    return Alert(
        project=Project.of(door.project),
        group=issue.group,
        title=report.title,
        level=report.level,
        reason=fired.reason,
        culprit=report.culprit,
        environment=report.environment,
        release=report.release,
        url=issue.url,
        event_id=report.event_id,
        times_seen=issue.times_seen,
        first_seen=issue.first_seen,
        occurred_at=report.occurred_at,
        rule=", ".join(fired.names),
        source="sdk",
    )
