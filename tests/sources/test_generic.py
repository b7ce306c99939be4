"""The documented body, and Alertmanager's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone

from sentry_twilio.delivery.models import Delivery
from sentry_twilio.sources import ending
from sentry_twilio.sources.generic import MOST, read
from sentry_twilio.sources.generic import identity as identify
from sentry_twilio.sources.hook import Hook, NotUnderstood
from sentry_twilio.sources.models import ForeignIssue, Source
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
        "backups: backup-db-1",
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
    over = {"title": "Backup failed", "group": "b", "status": "resolved"}
    assert tracker.tell(source, over) == ["Sentry [Shop] INFO: Resolved: Backup failed"]
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


def test_ids_that_begin_alike_are_different_occurrences(source: Source, tracker: Tracker) -> None:
    for run in ("20261121T0300", "20261121T0400", "20261121T0500"):
        body = {"title": "Backup failed", "group": "b", "id": f"backup-db-1.example.com-{run}"}
        assert len(tracker.tell(source, body)) == 1
    beginning = "x" * 250
    for end in ("1", "2"):
        assert len(tracker.tell(source, {"title": "It broke", "id": beginning + end})) == 1


def test_a_trouble_ends_under_the_id_by_which_it_began(source: Source, tracker: Tracker) -> None:
    disk = {"title": "Disk full", "group": "disk", "id": "disk-77"}
    assert tracker.tell(source, disk) == ["Sentry [Shop] ERROR: Disk full"]
    over = {**disk, "status": "resolved"}
    assert tracker.tell(source, over) == ["Sentry [Shop] INFO: Resolved: Disk full"]
    assert tracker.tell(source, over) == []
    assert Issue.objects.get().status == "resolved"


@pytest.mark.parametrize("name", ["group", "project", "title"])
def test_one_id_may_name_an_occurrence_of_each_trouble(
    name: str, source: Source, tracker: Tracker
) -> None:
    """Such as the day of a run, which is the same for all that ran."""
    nightly = {"title": "Backup failed", "id": "2026-11-21"}
    for value in ("db-1", "db-2"):
        assert len(tracker.tell(source, {**nightly, name: value})) == 1
        assert tracker.tell(source, {**nightly, name: value, "times_seen": 2}) == []


def test_two_projects_may_name_a_trouble_alike(source: Source, tracker: Tracker) -> None:
    for project in ("alpha", "beta"):
        tracker.tell(source, {"title": "It failed", "group": "nightly", "project": project})
    assert Issue.objects.count() == 2


def test_groups_that_begin_alike_are_different_issues(source: Source, tracker: Tracker) -> None:
    for end in ("1", "2"):
        tracker.tell(source, {"title": "It failed", "group": "g" * 150 + end})
        tracker.tell(source, {"title": "t" * 150 + end})
    assert Issue.objects.count() == 4


@pytest.mark.parametrize(
    ("given", "level"), [("ERROR", "error"), ("Critical", "fatal"), ("critical", "fatal")]
)
def test_a_level_is_known_by_what_others_call_it(given: str, level: str) -> None:
    (alert,) = read(Hook({"title": "x", "level": given}))
    assert alert.level == level


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


def test_an_alert_that_another_alertmanager_sends_late_does_not_begin_again(
    source: Source, tracker: Tracker
) -> None:
    for status in ("firing", "resolved"):
        assert len(tracker.tell(source, group(down("a", status)))) == 1
    assert tracker.tell(source, group(down("a"))) == []
    assert Issue.objects.get().status == "resolved"
    assert Delivery.objects.filter(state="suppressed").get().reason == ending.OVER


def test_an_alert_that_goes_on_after_all_is_told(source: Source, tracker: Tracker) -> None:
    """Alertmanager takes what Prometheus does not repeat for over, until it hears of it again."""
    for status in ("firing", "resolved"):
        tracker.tell(source, group(down("a", status)))
    ForeignIssue.objects.update(ended_at=timezone.now() - ending.ON_THE_WAY)
    assert tracker.tell(source, group(down("a"))) == ["Sentry [Shop] ERROR: a is down"]
    assert Issue.objects.get().status == "unresolved"


@pytest.mark.parametrize("severity", ["critical", "Page"])
def test_the_worst_of_alertmanager_s_alerts_have_the_lane_of_the_worst(
    source: Source, tracker: Tracker, severity: str
) -> None:
    told, other = down("a"), down("b")
    told["labels"]["severity"], other["labels"]["severity"] = severity, "error"
    tracker.tell(source, group(told, other))
    rows = Delivery.objects.order_by("pk").values_list("notification__reason", "lane")
    assert list(rows) == [("metric", "worst"), ("new", "normal")]


@pytest.mark.parametrize(
    ("alerts", "missing"),
    [([], "`alerts`"), ([{"labels": {}}], r"`alerts\[\]\.labels\.alertname`")],
)
def test_it_says_what_alertmanager_left_out(alerts: list[Any], missing: str) -> None:
    with pytest.raises(NotUnderstood, match=missing):
        read(Hook(group(*alerts)))
