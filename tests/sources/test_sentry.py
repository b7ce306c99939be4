"""How the calls of Sentry's integration are read: what each resource says."""

from __future__ import annotations

import pytest

from sentry_twilio.sources.hook import Hook, NotUnderstood
from sentry_twilio.sources.sentry import read
from tests.sources import sentry_bodies as bodies


def test_it_reads_all_that_an_alert_needs_of_an_event() -> None:
    (alert,) = read(Hook(bodies.event_alert(), "event_alert"))
    assert (alert.project.id, alert.project.slug) == (1, "front-end")
    assert (alert.group, alert.title, alert.level) == ("1117540176", bodies.TITLE, "error")
    assert (alert.environment, alert.rule) == ("production", "Very important")
    assert alert.event_id == "e4874d664c3540c1a32eab185f12c5ab"
    assert alert.occurred_at is not None


def test_an_event_without_a_title_is_told_in_other_words() -> None:
    exception = {"values": [{"type": "ValueError", "value": "no stock"}]}
    (alert,) = read(Hook(bodies.event_alert(title="", exception=exception), "event_alert"))
    assert alert.title == "ValueError: no stock"
    (alert,) = read(Hook(bodies.event_alert(title=None), "event_alert"))
    assert alert.title


def test_it_takes_a_monitor_for_one() -> None:
    body = bodies.event_alert(occurrence={"type": 7001}, title="Downtime detected")
    (alert,) = read(Hook(body, "event_alert"))
    assert alert.reason == "uptime"


@pytest.mark.parametrize(
    ("action", "level", "reason"),
    [
        ("critical", "error", "metric"),
        ("open", "error", "metric"),
        ("warning", "warning", "metric"),
        ("resolved", "info", "resolved"),
    ],
)
def test_it_reads_a_metric_alert(action: str, level: str, reason: str) -> None:
    (alert,) = read(Hook(bodies.metric(action), "metric_alert"))
    assert (alert.level, alert.reason, alert.project.slug) == (level, reason, "front-end")
    assert alert.title == f"{action.title()}: Too many errors"


def test_a_metric_alert_of_several_projects_is_one_alert_each() -> None:
    body = bodies.metric("critical")
    body["data"]["metric_alert"]["projects"] = ["front-end", "back-end", "front-end"]
    alerts = read(Hook(body, "metric_alert"))
    assert [alert.project.slug for alert in alerts] == ["front-end", "back-end"]


def test_it_finds_the_settings_of_the_trigger_and_installation_that_fired() -> None:
    def trigger(label: str, uuid: str, value: str) -> dict[str, object]:
        settings = [{"name": "recipients", "value": value}]
        actions = [{"sentry_app_installation_uuid": uuid, "settings": settings}]
        return {"label": label, "actions": actions}

    ours = bodies.INSTALLATION["uuid"]
    triggers = [
        trigger("warning", ours, "group:Days"),
        trigger("critical", "another", "group:Others"),
        trigger("critical", ours, "group:Nights"),
    ]
    (alert,) = read(Hook(bodies.metric("critical", triggers=triggers), "metric_alert"))
    assert alert.settings == (("recipients", "group:Nights"),)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("set_resolved", "resolved"),
        ("set_resolved_in_release", "resolved"),
        ("status_resolved", "resolved"),
        ("set_unresolved", "opened"),
        ("set_regression", "opened"),
        ("set_escalating", "opened"),
        ("first_seen", "opened"),
        ("set_ignored", "archived"),
    ],
)
def test_it_knows_an_activity_by_any_of_its_names(kind: str, change: str) -> None:
    (alert,) = read(Hook(bodies.activity(kind), "activity_alert"))
    assert alert.change == change  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "kind", ["seer_root_cause_started", "note", "assigned", "set_resolved_in_pull_request"]
)
def test_an_activity_that_says_nothing_of_the_state_is_no_alert(kind: str) -> None:
    assert read(Hook(bodies.activity(kind), "activity_alert")) == []


@pytest.mark.parametrize(
    ("resource", "body", "missing"),
    [
        ("event_alert", {"action": "triggered"}, "`data`"),
        ("event_alert", bodies.envelope("triggered", {}), "`data.event`"),
        ("event_alert", bodies.event_alert(issue_id=None), "`data.event.issue_id`"),
        ("metric_alert", bodies.envelope("critical", {}), "`data.metric_alert`"),
        ("metric_alert", bodies.metric(""), "`action`"),
        ("issue", bodies.issue(""), "`action`"),
        ("issue", bodies.envelope("created", {"issue": []}), "`data.issue`"),
        ("activity_alert", bodies.envelope("triggered", {"issue": {}}), "`data.activity`"),
    ],
)
def test_it_says_what_is_missing(resource: str, body: dict[str, object], missing: str) -> None:
    with pytest.raises(NotUnderstood, match=missing):
        read(Hook(body, resource))
