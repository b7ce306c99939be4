"""Sentry's old project webhook."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sentry_twilio.projects.models import Project
from sentry_twilio.sources import creation
from sentry_twilio.sources.hook import Hook, NotUnderstood
from sentry_twilio.sources.models import ForeignIssue
from sentry_twilio.sources.sentry_legacy import read
from sentry_twilio.tracker.models import Issue
from tests.sources import sentry_bodies as bodies
from tests.sources.conftest import Make, Tracker


def test_it_reads_all_that_the_webhook_says() -> None:
    (alert,) = read(Hook(bodies.legacy()))
    assert (alert.group, alert.title) == ("1117540176", "This is an example Python exception")
    assert (alert.environment, alert.release) == ("prod", "shop@1")
    assert (alert.rule, alert.level) == ("Send to SMS", "error")
    assert (alert.project.slug, alert.project.name) == ("front-end", "Front end")
    assert alert.event_id == "0476467adf8f499ea795a48fcc4bf290"


@pytest.mark.parametrize(
    ("title", "message", "expected"),
    [
        ("", "A message", "A message"),
        ("", "", "(an event without a title)"),
        ("A title", "A message", "A title"),
    ],
)
def test_it_has_a_title_whatever_the_event_has(title: str, message: str, expected: str) -> None:
    body = bodies.legacy()
    body["message"], body["event"]["title"] = message, title
    assert read(Hook(body))[0].title == expected


def test_an_old_event_is_not_told(make: Make, tracker: Tracker) -> None:
    source = make("sentry-legacy")
    assert tracker.tell(source, bodies.legacy(timedelta(hours=2))) == []
    assert Issue.objects.count() == 1


def test_it_and_the_integration_speak_of_one_issue(make: Make, tracker: Tracker) -> None:
    tracker.tell(make("sentry-legacy"), bodies.legacy())
    tracker.tell(make("sentry"), bodies.event_alert(), "event_alert")
    assert Issue.objects.get().times_seen == 2


def test_what_it_tells_leaves_the_issue_to_the_integration_that_can_act(
    make: Make, tracker: Tracker
) -> None:
    legacy, integration = make("sentry-legacy"), make("sentry")
    tracker.tell(legacy, bodies.legacy())
    assert ForeignIssue.objects.get().source == legacy
    tracker.tell(integration, bodies.event_alert("a" * 32), "event_alert")
    tracker.tell(legacy, bodies.legacy())
    assert ForeignIssue.objects.get().source == integration


def test_what_is_known_of_an_issue_outlives_one_of_its_sources(
    make: Make, tracker: Tracker, project: Project
) -> None:
    legacy, integration = make("sentry-legacy"), make("sentry")
    tracker.tell(legacy, bodies.legacy())
    stranger = Project.objects.create(name="Other", slug="other")
    make("sentry", project=stranger)
    creation.remove(legacy)
    assert ForeignIssue.objects.get().source == integration
    creation.remove(integration)
    assert not ForeignIssue.objects.exists()


@pytest.mark.parametrize("name", ["id", "event"])
def test_it_says_what_is_missing(name: str) -> None:
    body = bodies.legacy()
    del body[name]
    with pytest.raises(NotUnderstood, match=f"`{name}`"):
        read(Hook(body))
