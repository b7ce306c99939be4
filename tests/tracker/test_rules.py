"""When a rule fires, and what it says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from sentry_twilio.core import Alert
from sentry_twilio.projects.creation import create_project
from sentry_twilio.projects.models import Project
from sentry_twilio.tracker.models import Event, Firing, Issue, Rule, Tally
from tests.tracker.captures import error, send

Trigger = Rule.Trigger


def rule(project: Project, **values: Any) -> Rule:
    return Rule.objects.create(project=project, **{"name": "Mine", "level": "debug"} | values)


def fires(client: Client, project: Project, alerts: list[Alert], **event: Any) -> bool:
    before = len(alerts)
    assert send(client, project.pk, error(**event)).status_code == 200
    return len(alerts) > before


def test_a_new_project_has_a_first_rule(db: None) -> None:
    project = create_project("Shop", User.objects.create(username="ann"))
    first = project.rules.get()
    assert first.trigger == Trigger.NEW_OR_REGRESSED
    assert (first.level, first.interval, first.is_active) == ("error", 30, True)


def test_the_alert_says_what_happened(
    client: Client, project: Project, alerts: list[Alert], settings: Any
) -> None:
    settings.PUBLIC_URL = "https://alerts.example.com"
    rule(project)
    fires(
        client, project, alerts, message="boom", environment="production", release="1.0",
        transaction="GET /", level="fatal",
    )  # fmt: skip
    issue, event = Issue.objects.get(), Event.objects.get()
    assert alerts == [
        Alert(
            project=alerts[0].project,
            group=f"issue:{issue.pk}",
            title="ValueError: boom",
            level="fatal",
            reason="new",
            culprit="GET /",
            environment="production",
            release="1.0",
            url=f"https://alerts.example.com/projects/shop/issues/{issue.pk}/",
            event_id=event.event_id,
            times_seen=1,
            first_seen=issue.first_seen,
            occurred_at=event.occurred_at,
            rule="Mine",
            source="sdk",
        )
    ]
    assert (alerts[0].project.id, alerts[0].project.slug) == (project.pk, "shop")


def test_several_rules_make_one_alert(
    client: Client, project: Project, alerts: list[Alert]
) -> None:
    rule(project, name="First")
    rule(project, name="Second", trigger=Trigger.EVERY)
    rule(project, name="Third", trigger=Trigger.REGRESSED)
    fires(client, project, alerts)
    assert [alert.rule for alert in alerts] == ["First, Second"]


@pytest.mark.parametrize(
    ("level", "event", "fired"),
    [
        ("error", "warning", False),
        ("error", "error", True),
        ("error", "fatal", True),
        ("debug", "debug", True),
        ("fatal", "error", False),
    ],
)
def test_it_asks_for_the_level(
    level: str, event: str, fired: bool, client: Client, project: Project, alerts: list[Alert]
) -> None:
    rule(project, level=level)
    assert fires(client, project, alerts, level=event) is fired


@pytest.mark.parametrize(
    ("values", "event", "fired"),
    [
        ({"environment": "production"}, {"environment": "production"}, True),
        ({"environment": "production"}, {"environment": "staging"}, False),
        ({"environment": "production"}, {}, False),
        ({"tag": "region=eu"}, {"tags": {"region": "eu"}}, True),
        ({"tag": "region=eu"}, {"tags": [["region", "us"]]}, False),
        ({"tag": "logger=shop.pay"}, {"logger": "shop.pay"}, True),
        ({"tag": "query=a=b"}, {"tags": {"query": "a=b"}}, True),
        ({"is_active": False}, {}, False),
        ({"snoozed_until": timezone.now() + timedelta(hours=1)}, {}, False),
        ({"snoozed_until": timezone.now() - timedelta(hours=1)}, {}, True),
    ],
)
def test_all_conditions_must_hold(
    values: dict[str, Any], event: dict[str, Any], fired: bool,
    client: Client, project: Project, alerts: list[Alert],
) -> None:  # fmt: skip
    rule(project, **values)
    assert fires(client, project, alerts, **event) is fired


@pytest.mark.parametrize(
    "off", [{"is_active": False}, {"snoozed_until": timezone.now() + timedelta(hours=1)}]
)
def test_a_rule_switched_off_by_another_process_does_not_fire(
    off: dict[str, Any], client: Client, project: Project, alerts: list[Alert]
) -> None:
    rule(project)
    assert fires(client, project, alerts, message="one")
    Rule.objects.update(**off)  # no signal, as from elsewhere: the remembered rule is still on
    assert not fires(client, project, alerts, message="two")


def test_its_interval_is_per_issue(client: Client, project: Project, alerts: list[Alert]) -> None:
    rule(project, trigger=Trigger.EVERY, interval=30)
    assert fires(client, project, alerts, message="one")
    assert not fires(client, project, alerts, message="one")
    assert fires(client, project, alerts, message="two")
    Firing.objects.update(fired_at=timezone.now() - timedelta(minutes=30))
    assert fires(client, project, alerts, message="one")
    assert alerts[-1].reason == "frequent"
    assert not fires(client, project, alerts, message="one")


def test_without_an_interval_it_always_fires(
    client: Client, project: Project, alerts: list[Alert]
) -> None:
    rule(project, trigger=Trigger.EVERY, interval=0)
    assert all(fires(client, project, alerts) for _ in range(3))


def test_it_counts_events_in_a_window(
    client: Client, project: Project, alerts: list[Alert]
) -> None:
    rule(project, trigger=Trigger.FREQUENT, threshold=3, window=300, interval=0)
    assert [fires(client, project, alerts) for _ in range(5)] == [False, False, False, True, True]
    assert alerts[-1].reason == "frequent"
    assert not fires(client, project, alerts, message="another issue")


def test_events_before_the_window_do_not_count(
    client: Client, project: Project, alerts: list[Alert]
) -> None:
    rule(project, trigger=Trigger.FREQUENT, threshold=1, window=300)
    assert not fires(client, project, alerts)
    for tally in Tally.objects.all():
        tally.slot -= 300
        tally.save()
    assert not fires(client, project, alerts)
    assert fires(client, project, alerts)


def test_nothing_is_counted_where_no_rule_asks(client: Client, project: Project) -> None:
    rule(project)
    send(client, project.pk, error())
    assert not Tally.objects.exists()


def test_rules_of_other_projects_stay_silent(
    client: Client, project: Project, alerts: list[Alert]
) -> None:
    rule(Project.objects.create(name="Other", slug="other"))
    assert not fires(client, project, alerts)
