"""What a report does to its issue: it is open, or over."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from sentry_twilio.core import Reason
from sentry_twilio.projects.models import Project
from sentry_twilio.sources import ending, following, telling
from sentry_twilio.sources.hook import Reported
from sentry_twilio.sources.models import ForeignIssue, Source
from sentry_twilio.tracker import reported
from sentry_twilio.tracker.models import Issue

NOT_WANTED = "It is over. The source's settings say that nobody is told of that."
_OVER = frozenset({"resolved", "archived"})


@dataclass(frozen=True, slots=True)
class Report:
    """An alert of a source. `at` is when it happened, `received_at` when the call came.

    `issue` is None where it is the first of its issue; `known` is then not in the database yet.
    """

    source: Source
    project: Project
    alert: Reported
    at: datetime
    received_at: datetime
    known: ForeignIssue
    issue: Issue | None


@dataclass(frozen=True, slots=True)
class Done:
    """The issue as it is now, and `reason` as it is known now. `why_not`: nobody is told, for
    that reason; "" for none. `heard` are those who were told before, as `recipients` calls them.
    """

    issue: Issue
    reason: Reason
    why_not: str = ""
    is_muted: bool = False
    heard: frozenset[str] = frozenset()


def apply(report: Report, who: Collection[str]) -> Done:
    """Change the issue, and write into `report.known` (unsaved) what is known of it.

    `who`: whom the report is for. Call it inside `writing()`.
    """
    return _finish(report) if report.alert.change in _OVER else _begin(report, who)


def _begin(report: Report, who: Collection[str]) -> Done:
    """The issue is new or back, or a rule fired for it."""
    alert, known, issue = report.alert, report.known, report.issue
    is_wanted = alert.is_asked_for or report.source.tells_unasked
    if issue and ending.is_over(known, alert, report.at, report.received_at):
        heard = telling.who_heard(telling.of_event(known, alert))
        why_not = telling.TOLD_ALREADY if heard and heard.issuperset(who) else ending.OVER
        return Done(issue, alert.reason, why_not if is_wanted else telling.UNASKED, heard=heard)
    if is_wanted:
        verdict = telling.note(known, alert, report.at, who)
    else:
        verdict = telling.open_untold(known)
    if issue and verdict.why_not == telling.TOLD_ALREADY:
        # The same thing once more: it neither counts, nor opens what somebody resolved since.
        return Done(issue, alert.reason, verdict.why_not)
    if issue:
        following.reopen(known, issue)
    taken = reported.take(report.project, alert, timezone.now())
    reason = alert.reason if alert.knows_reason else taken.change or "frequent"
    return Done(taken.issue, reason, verdict.why_not, not taken.is_told, verdict.heard)


def _finish(report: Report) -> Done:
    """The issue is over: resolved, or archived."""
    source, alert, known = report.source, report.alert, report.known
    why_not = ending.note(known, alert, report.at)
    issue = report.issue or reported.take(report.project, alert, timezone.now()).issue
    wanted = {
        Source.Over.NEVER: False,
        Source.Over.WATCHED: alert.is_watched,
        Source.Over.ALWAYS: True,
    }
    if not wanted[Source.Over(source.tells_over)]:
        why_not = why_not or NOT_WANTED
    was_muted = issue.status == Issue.Status.MUTED
    following.end(known, issue)
    return Done(issue, alert.reason, why_not, was_muted)
