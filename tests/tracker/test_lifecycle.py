"""New, regressed, resolved, muted and back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from sentry_twilio.core import Alert
from sentry_twilio.projects.models import AuditEntry, Project
from sentry_twilio.tracker import lifecycle
from sentry_twilio.tracker.models import Issue, Rule
from tests.tracker.captures import error, send

Status = Issue.Status


@pytest.fixture
def issue(project: Project) -> Issue:
    return Issue.objects.create(project=project, fingerprint="f", title="Boom")


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create(username="ann")


def see(client: Client, project: Project) -> Issue:
    assert send(client, project.pk, error()).status_code == 200
    return Issue.objects.get()


def reasons(project: Project, alerts: list[Alert]) -> list[str]:
    return [alert.reason for alert in alerts]


@pytest.fixture(autouse=True)
def _every_change_fires(project: Project) -> None:
    for trigger in (Rule.Trigger.NEW_OR_REGRESSED, Rule.Trigger.REAPPEARED):
        Rule.objects.create(project=project, name=trigger, trigger=trigger, interval=0)


def test_an_issue_is_new_once(client: Client, project: Project, alerts: list[Alert]) -> None:
    see(client, project)
    assert see(client, project).times_seen == 2
    assert reasons(project, alerts) == ["new"]


def test_a_resolved_issue_regresses(
    client: Client, project: Project, alerts: list[Alert], user: User
) -> None:
    assert lifecycle.resolve(see(client, project), user)
    issue = see(client, project)
    assert (issue.status, issue.resolved_at) == (Status.UNRESOLVED, None)
    see(client, project)
    assert reasons(project, alerts) == ["new", "regressed"]


def test_a_muted_issue_is_silent_until_its_time(
    client: Client, project: Project, alerts: list[Alert], user: User
) -> None:
    lifecycle.mute(see(client, project), user, timezone.now() + timedelta(hours=1))
    issue = see(client, project)
    assert issue.status == Status.MUTED
    assert issue.times_seen == 2
    Issue.objects.update(muted_until=timezone.now() - timedelta(seconds=1))
    issue = see(client, project)
    assert (issue.status, issue.muted_until) == (Status.UNRESOLVED, None)
    assert reasons(project, alerts) == ["new", "reappeared"]


def test_a_mute_without_end_stays(
    client: Client, project: Project, alerts: list[Alert], user: User
) -> None:
    lifecycle.mute(see(client, project), user, None)
    assert see(client, project).status == Status.MUTED
    assert reasons(project, alerts) == ["new"]


def test_every_step_is_recorded_with_its_person(issue: Issue, user: User) -> None:
    until = timezone.now() + timedelta(days=1)
    assert lifecycle.resolve(issue, user)
    assert lifecycle.unresolve(issue, user)
    assert lifecycle.mute(issue, user, until)
    assert lifecycle.unmute(issue, None)
    entries = AuditEntry.objects.order_by("id").values_list("actor", "action", "project")
    assert list(entries) == [
        ("ann", "Resolved: Boom", issue.project_id),
        ("ann", "Unresolved: Boom", issue.project_id),
        ("ann", f"Muted until {until:%Y-%m-%d %H:%M} UTC: Boom", issue.project_id),
        ("system", "Unmuted: Boom", issue.project_id),
    ]


def test_a_step_that_changes_nothing_is_not_recorded(issue: Issue, user: User) -> None:
    assert not lifecycle.unresolve(issue, user)
    assert not lifecycle.unmute(issue, user)
    assert lifecycle.resolve(issue, user)
    assert not lifecycle.resolve(issue, user)
    assert AuditEntry.objects.count() == 1


def test_a_mute_can_be_made_longer(issue: Issue, user: User) -> None:
    first, second = (timezone.now() + timedelta(hours=n) for n in (1, 2))
    assert lifecycle.mute(issue, user, first)
    assert lifecycle.mute(issue, user, second)
    assert not lifecycle.mute(issue, user, second)
    assert Issue.objects.get().muted_until == second == issue.muted_until


def test_resolving_ends_a_mute(issue: Issue, user: User) -> None:
    lifecycle.mute(issue, user, None)
    lifecycle.resolve(issue, user)
    issue.refresh_from_db()
    assert (issue.status, issue.muted_until) == (Status.RESOLVED, None)
    assert issue.resolved_at is not None


def test_it_knows_which_groups_are_unresolved(issue: Issue, user: User, project: Project) -> None:
    muted = Issue.objects.create(project=project, fingerprint="g", title="Bang")
    lifecycle.mute(muted, user)
    other = Project.objects.create(name="Other", slug="other")
    theirs = Issue.objects.create(project=other, fingerprint="f", title="Boom")
    no_issues = ["test", "alive", "issue:", "issue:x", f"issue:0{issue.pk}", f"issue:{10**30}"]
    groups = [issue.group, muted.group, theirs.group, f"rule:{issue.pk}", *no_issues]
    assert lifecycle.unresolved_groups(project.pk, groups) == {issue.group}
