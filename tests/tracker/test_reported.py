"""Issues that another tracker reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sentry_twilio.core import Alert
from sentry_twilio.core.alert import Project as AlertProject
from sentry_twilio.projects.models import Project
from sentry_twilio.tracker import lifecycle, reported
from sentry_twilio.tracker.models import Issue

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def alert(project: Project) -> Alert:
    return Alert(
        project=AlertProject.of(project),
        group="17",
        title="It broke",
        culprit="shop.views",
        level="warning",
        source="bugsink",
    )


def test_the_first_report_makes_the_issue(project: Project, alert: Alert) -> None:
    assert reported.find(project, alert) is None
    taken = reported.take(project, alert, NOW)
    assert (taken.change, taken.is_told) == ("new", True)
    assert reported.find(project, alert) == taken.issue
    issue = Issue.objects.get()
    assert (issue.title, issue.culprit, issue.level) == ("It broke", "shop.views", "warning")
    assert (issue.times_seen, issue.first_seen) == (1, NOW)


def test_later_reports_are_counted(project: Project, alert: Alert) -> None:
    reported.take(project, alert, NOW)
    taken = reported.take(project, replace(alert, title="It broke again"), NOW + HOUR)
    assert taken.change is None
    issue = Issue.objects.get()
    assert (issue.title, issue.times_seen, issue.last_seen) == ("It broke again", 2, NOW + HOUR)


@pytest.mark.parametrize("other", [{"group": "18"}, {"source": "glitchtip"}])
def test_another_group_or_source_is_another_issue(
    other: dict[str, str], project: Project, alert: Alert
) -> None:
    reported.take(project, alert, NOW)
    reported.take(project, replace(alert, **other), NOW)
    assert Issue.objects.count() == 2


def test_a_resolved_issue_is_there_again(project: Project, alert: Alert) -> None:
    lifecycle.resolve(reported.take(project, alert, NOW).issue, None)
    assert reported.take(project, alert, NOW).change == "regressed"
    assert Issue.objects.get().status == "unresolved"


def test_a_muted_issue_is_counted_and_not_told(project: Project, alert: Alert) -> None:
    lifecycle.mute(reported.take(project, alert, NOW).issue, None, NOW + HOUR)
    taken = reported.take(project, alert, NOW)
    assert (taken.change, taken.is_told, taken.issue.times_seen) == (None, False, 2)
    taken = reported.take(project, alert, NOW + 2 * HOUR)
    assert (taken.change, taken.is_told) == ("reappeared", True)


@pytest.mark.parametrize(("given", "kept"), [(1, 1), (40, 40), (10**12, reported.MOST)])
def test_the_trackers_own_count_is_ours(
    given: int, kept: int, project: Project, alert: Alert
) -> None:
    assert reported.take(project, replace(alert, times_seen=given), NOW).issue.times_seen == kept
    assert Issue.objects.get().times_seen == kept


@pytest.mark.parametrize("ago", [-HOUR, HOUR])
def test_it_began_when_the_tracker_says_but_never_in_the_future(
    ago: timedelta, project: Project, alert: Alert
) -> None:
    reported.take(project, replace(alert, first_seen=NOW - ago), NOW)
    assert Issue.objects.get().first_seen == (NOW - ago if ago > timedelta() else NOW)


def test_texts_that_are_too_long_are_cut(project: Project, alert: Alert) -> None:
    long = replace(alert, title="x" * 900, culprit="y" * 900, group="z" * 900)
    issue = reported.take(project, long, NOW).issue
    assert (len(issue.title), len(issue.culprit)) == (500, 300)
