"""What is let go, and when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from sentry_twilio.projects.models import Project
from sentry_twilio.tracker import prune
from sentry_twilio.tracker.models import Event, Firing, Issue, Rule, Tally
from tests.tracker.captures import error, send


@pytest.fixture(autouse=True)
def _small(settings: Any) -> None:
    settings.EVENTS_KEPT_PER_ISSUE = 3
    settings.EVENTS_KEPT_PER_PROJECT = 5


def make(project: Project, fingerprint: str, count: int) -> Issue:
    issue = Issue.objects.create(project=project, fingerprint=fingerprint, title=fingerprint)
    for number in range(count):
        Event.objects.create(
            project=project, issue=issue, event_id=f"{fingerprint}{number}", title="x",
            level="error", occurred_at=timezone.now(), data={},
        )  # fmt: skip
    return issue


def test_it_keeps_the_newest_events(project: Project) -> None:
    for name in "ab":
        make(project, name, 5)
    newest = make(project, "c", 5)
    other = Project.objects.create(name="Other", slug="other")
    make(other, "z", 5)
    newest.times_seen = prune.EVERY
    prune.after_event(newest, event_row=prune.EVERY)
    assert list(project.events.order_by("id").values_list("event_id", flat=True)) == [
        "b3", "b4", "c2", "c3", "c4",
    ]  # fmt: skip
    assert other.events.count() == 5


def test_it_prunes_one_issue(project: Project) -> None:
    issue = make(project, "a", 3)
    assert prune.prune_issue(issue.pk) == 0
    make(project, "b", 1)
    Event.objects.filter(event_id="b0").update(issue=issue)
    assert prune.prune_issue(issue.pk) == 1
    assert issue.events.count() == 3


def test_it_prunes_while_events_come(client: Client, project: Project) -> None:
    for _ in range(prune.EVERY):
        assert send(client, project.pk, error()).status_code == 200
    assert Event.objects.count() == 3
    assert Issue.objects.get().times_seen == prune.EVERY


def test_it_prunes_issues_of_one_event_each(client: Client, project: Project) -> None:
    for number in range(2 * prune.EVERY):
        name = chr(97 + number % 26) + chr(97 + number // 26)
        send(client, project.pk, error(f"issue {name}"))
    assert Event.objects.count() < 5 + prune.EVERY


def test_it_forgets_firings_that_hold_nothing_back(project: Project) -> None:
    issue = make(project, "a", 1)
    rule = Rule.objects.create(project=project, name="x", interval=30, window=300)
    now = timezone.now()
    slow = Rule.objects.create(project=project, name="y", interval=90, window=3600)
    for one in (rule, slow):
        Firing.objects.create(rule=one, issue=issue, fired_at=now - timedelta(minutes=31))
        Tally.objects.create(rule=one, issue=issue, slot=int(now.timestamp()) - 301, count=1)
    assert sum(prune.firings(now, 1000)) == 2
    assert Firing.objects.get().rule == slow
    assert Tally.objects.get().rule == slow
