"""The documented body, and Alertmanager's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sentry_twilio.sources.generic import MOST, read
from sentry_twilio.sources.generic import identity as identify
from sentry_twilio.sources.hook import Hook, NotUnderstood
from sentry_twilio.sources.models import Source
from sentry_twilio.sources.views import SCHEMA
from sentry_twilio.tracker.models import Issue
from tests.sources.conftest import Make, Tracker

FULL = {
    "title": "Backup failed on db-1\nwith a second line",
    "level": "fatal",
    "group": "backup-db-1",
    "project": "backups",
    "url": "https://generic.example.com/runs/1",
    "culprit": "nightly",
    "environment": "production",
    "release": "2.1",
    "rule": "Nightly backup",
    "id": "run-1",
    "times_seen": 3,
    "first_seen": "2026-11-20T04:00:00Z",
    "occurred_at": "2026-11-21T04:00:00+01:00",
}


@pytest.fixture
def source(make: Make) -> Source:
    return make("generic", is_signed=False)


def test_it_reads_every_field_of_its_schema() -> None:
    fields = json.loads(SCHEMA.read_text())["$defs"]["alert"]["properties"]
    assert FULL.keys() | {"status"} == fields.keys()
    (alert,) = read(Hook(FULL))
    assert (alert.title, alert.level, alert.group) == (
        "Backup failed on db-1",
        "fatal",
        "backup-db-1",
    )
    assert (alert.culprit, alert.environment, alert.release) == ("nightly", "production", "2.1")
    assert (alert.rule, alert.event_id, alert.times_seen) == ("Nightly backup", "run-1", 3)
    assert alert.project.slug == "backups"
    assert alert.occurred_at is not None
    assert alert.occurred_at.isoformat() == "2026-11-21T03:00:00+00:00"


def test_several_at_once_are_an_issue_each(source: Source, tracker: Tracker) -> None:
    texts = tracker.tell(source, {"alerts": [{"title": "One"}, {"title": "Two", "level": "info"}]})
    assert texts == ["Sentry [Shop] ERROR: One", "Sentry [Shop] INFO: Two"]
    assert Issue.objects.count() == 2


def test_a_trouble_that_is_over_resolves_its_issue(source: Source, tracker: Tracker) -> None:
    tracker.tell(source, {"title": "Backup failed", "group": "b"})
    over = {"title": "Backup is fine again", "group": "b", "status": "resolved"}
    assert tracker.tell(source, over) == ["Sentry [Shop] INFO: Backup is fine again"]
    assert Issue.objects.get().status == "resolved"


def test_its_test_is_a_test_text(source: Source, tracker: Tracker) -> None:
    (text,) = tracker.tell(source, {"title": "Does it work?", "status": "test"})
    assert "This is a test message" in text
    assert not Issue.objects.exists()


def test_one_occurrence_is_told_once_and_the_same_words_again_are_told_again(
    source: Source, tracker: Tracker
) -> None:
    with_id, without = {"title": "It broke", "id": "1"}, {"title": "It broke"}
    assert len(tracker.tell(source, with_id)) == 1
    assert tracker.tell(source, {**with_id, "times_seen": 2}) == []
    assert len(tracker.tell(source, without)) == 1
    assert len(tracker.tell(source, without)) == 1


def test_a_copy_of_a_signed_call_is_known_and_a_later_one_is_not() -> None:
    first = Hook({"title": "It broke"}, signed_at="1800000000")
    again = Hook({"title": "It broke"}, signed_at="1800000001")
    assert identify(first, b"{}") == identify(first, b"{}") != ""
    assert identify(first, b"{}") != identify(again, b"{}")


@pytest.mark.parametrize(
    ("data", "missing"),
    [
        ({}, "`title`"),
        ({"title": " \n"}, "`title`"),
        ({"title": "x", "level": "loud"}, "`level`"),
        ({"title": "x", "status": "sad"}, "`status`"),
        ({"title": "x", "occurred_at": "yesterday"}, "`occurred_at`"),
        ({"alerts": []}, "`alerts`"),
        ({"alerts": [1]}, "`alerts`"),
        ({"alerts": [{"title": "x"}] * (MOST + 1)}, "`alerts`"),
        ({"alerts": [{"title": "x"}, {}]}, r"`alerts\[1\]\.title`"),
    ],
)
def test_it_says_what_is_missing(data: dict[str, Any], missing: str) -> None:
    with pytest.raises(NotUnderstood, match=missing):
        read(Hook(data))


# Alertmanager --------------------------------------------------------------------------------


def group(*alerts: dict[str, Any]) -> dict[str, Any]:
    """As Alertmanager's documentation shows it."""
    return {
        "version": "4",
        "groupKey": '{}:{alertname="Down"}',
        "receiver": "sms",
        "status": "firing",
        "externalURL": "http://alertmanager:9093",
        "alerts": list(alerts),
    }


def down(instance: str, status: str = "firing", began: str = "2026-11-01T00:00:00Z") -> Any:
    return {
        "status": status,
        "labels": {"alertname": "Down", "instance": instance, "severity": "critical"},
        "annotations": {"summary": f"{instance} is down"},
        "startsAt": began,
        "generatorURL": "https://generic.example.com/graph",
        "fingerprint": f"f-{instance}",
    }


def test_an_alert_of_a_group_is_told_when_it_begins_and_when_it_ends(
    source: Source, tracker: Tracker
) -> None:
    assert tracker.tell(source, group(down("a"))) == ["Sentry [Shop] ERROR: a is down"]
    texts = tracker.tell(source, group(down("a"), down("b")))
    assert texts == ["Sentry [Shop] ERROR: b is down"]
    texts = tracker.tell(source, group(down("a", "resolved"), down("b")))
    assert texts == ["Sentry [Shop] INFO: Resolved: a is down"]
    again = group(down("a", began="2026-11-02T00:00:00Z"))
    assert tracker.tell(source, again) == ["Sentry [Shop] ERROR: a is down"]


@pytest.mark.parametrize(
    ("alerts", "missing"),
    [([], "`alerts`"), ([{"labels": {}}], r"`alerts\[\]\.labels\.alertname`")],
)
def test_it_says_what_alertmanager_left_out(alerts: list[Any], missing: str) -> None:
    with pytest.raises(NotUnderstood, match=missing):
        read(Hook(group(*alerts)))
