"""Counting an event towards its issue, and keeping it.

One statement each, in SQL: the ORM's upsert cannot count up, and building the statements anew
would take as long as all the rest of an event.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from sentry_twilio.projects.models import Project
from sentry_twilio.tracker.event import Report
from sentry_twilio.tracker.models import Event, Issue

_ISSUES, _EVENTS = Issue._meta.db_table, Event._meta.db_table
# The row is locked from here to the end of the transaction, so what it says about the issue's
# status stays true until then.
_SEE = f"""
    INSERT INTO {_ISSUES} (
        project_id, fingerprint, title, culprit, level,
        status, times_seen, first_seen, last_seen
    ) VALUES (%s, %s, %s, %s, %s, '{Issue.Status.UNRESOLVED.value}', 1, %s, %s)
    ON CONFLICT (project_id, fingerprint) DO UPDATE SET
        title = excluded.title,
        culprit = excluded.culprit,
        level = excluded.level,
        times_seen = {_ISSUES}.times_seen + 1,
        last_seen = excluded.last_seen
    RETURNING *
"""  # noqa: S608  (the only things put in are our own table's name and status)
_KEEP = f"""
    INSERT INTO {_EVENTS} (
        project_id, issue_id, event_id, title, level,
        environment, release, occurred_at, received_at, data
    ) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (project_id, event_id) DO NOTHING
    RETURNING id
"""  # noqa: S608  (as above)


def see(
    project: Project, fingerprint: str, title: str, culprit: str, level: str, at: datetime
) -> Issue:
    """The issue of that fingerprint, made or counted up by one event at `at`, showing its
    title, culprit and level. A new issue is seen once; its status is not changed.

    Call it inside `writing()`. The texts must fit their columns.
    """
    moment = _moment(at)
    params: list[Any] = [project.pk, fingerprint, title, culprit, level, moment, moment]
    issue: Issue = Issue.objects.raw(_SEE, params)[0]
    issue.project = project  # whoever asks for it need not look it up
    return issue


def keep(issue: Issue, report: Report) -> int | None:
    """Store the event; the id of its row, or None where its project has it already."""
    params = [
        issue.project_id,
        issue.pk,
        report.event_id,
        report.title,
        report.level,
        report.environment,
        report.release,
        _moment(report.occurred_at),
        _moment(report.received_at),
        _DATA.get_db_prep_value(report.data, connection),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, params)
        row = cursor.fetchone()
    return row[0] if row else None


_DATA: Any = Event._meta.get_field("data")


def _moment(value: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(value)
