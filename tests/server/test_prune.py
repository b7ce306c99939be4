"""All that goes when the host is pruned."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from django.contrib.sessions.models import Session
from django.utils import timezone

from sentry_twilio import cli
from sentry_twilio.delivery.models import Delivery, Notification, SegmentCount
from sentry_twilio.projects.models import AuditEntry, Project, Usage
from sentry_twilio.server import explained, prune
from sentry_twilio.tracker.models import Event, Firing, Issue, Rule, Tally

pytestmark = pytest.mark.django_db


@pytest.fixture
def old_host() -> Project:
    """A host with something old of everything that can go, and of what cannot."""
    now = timezone.now()
    old = now - timedelta(days=100)
    project = Project.objects.create(name="Shop", slug="shop")
    issue = Issue.objects.create(project=project, fingerprint="a", title="It broke")
    for number, at in enumerate((old, old, now)):
        Event.objects.create(
            project=project, issue=issue, event_id=f"{number}", title="x", level="error",
            occurred_at=at, received_at=at, data={},
        )  # fmt: skip
    rule = Rule.objects.create(project=project, name="r", trigger="frequent")
    Firing.objects.create(rule=rule, issue=issue, fired_at=old)
    Tally.objects.create(rule=rule, issue=issue, slot=int(old.timestamp()), count=1)
    for state, due_at in (("delivered", None), ("pending", old)):
        notification = Notification.objects.create(
            project=project, plugin="fake", group="issue:1", title="x", level="error",
            reason="new", alert={}, created_at=old,
        )  # fmt: skip
        Delivery.objects.create(
            notification=notification, project=project, plugin="fake", recipient="+14155550100",
            body="x", state=state, due_at=due_at, expires_at=old,
        )  # fmt: skip
    SegmentCount.objects.create(account="AC", hour=old)
    Usage.objects.create(scope="login:old", window=time.time() // 900 - 5, count=3)
    Session.objects.create(session_key="old", session_data="", expire_date=old)
    Session.objects.create(session_key="young", session_data="", expire_date=now + timedelta(1))
    AuditEntry.objects.create(project=project, actor="ada", action="x", at=old)
    return project


def test_everything_old_goes_and_the_rest_stays(old_host: Project) -> None:
    gone = dict(prune.prune(30, 1000))
    assert {name: count for name, count in gone.items() if count} == {
        "notifications": 1,
        "counts of segments": 1,
        "events": 2,
        "firings and tallies": 2,
        "quotas": 1,
        "sessions": 1,
    }
    assert Delivery.objects.get().state == "pending"
    assert Event.objects.get().event_id == "2"
    assert Session.objects.get().session_key == "young"
    assert Issue.objects.exists()
    assert AuditEntry.objects.exists()
    assert not any(count for _, count in prune.prune(30, 1000))


def test_what_is_younger_stays(old_host: Project) -> None:
    gone = dict(prune.prune(200, 1000))
    assert gone["notifications"] == gone["events"] == gone["counts of segments"] == 0


def test_it_leaves_the_lock_free_for_as_long_as_it_held_it(
    old_host: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(prune.time, "sleep", pauses.append)
    list(prune.prune(30, 1))
    assert len(pauses) >= 7
    assert min(pauses) > 0


def test_the_command_says_what_went(old_host: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explained, "boot", lambda: None)
    done = CliRunner().invoke(cli.cli, ["prune", "--days", "30", "--batch", "1"])
    assert done.exit_code == 0, done.output
    assert "         2 events\n" in done.output
    assert "         1 notifications\n" in done.output


@pytest.mark.parametrize(
    "arguments", [[], ["--days", "0"], ["--days", "30", "--batch", "0"], ["--days", "soon"]]
)
def test_it_asks_for_an_age_and_a_size_that_make_sense(arguments: list[str]) -> None:
    result: Any = CliRunner().invoke(cli.cli, ["prune", *arguments])
    assert result.exit_code == 2
