"""Our issue is muted for as long as theirs is archived, and a person's mute is a person's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from sentry_twilio.sources.models import ForeignIssue, Source
from sentry_twilio.tracker import lifecycle
from sentry_twilio.tracker.models import Issue
from tests.sources import sentry_bodies as bodies
from tests.sources.conftest import Make, Tracker


@pytest.fixture
def source(make: Make, tracker: Tracker) -> Source:
    source = make("sentry")
    tracker.tell(source, bodies.issue("created"), "issue")
    return source


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada")


def test_a_mute_of_a_person_outlasts_the_archiving(
    source: Source, tracker: Tracker, ada: User
) -> None:
    lifecycle.mute(Issue.objects.get(), ada)
    tracker.tell(source, bodies.issue("archived"), "issue")
    assert tracker.tell(source, bodies.issue("unresolved"), "issue") == []
    assert Issue.objects.get().status == "muted"


def test_a_persons_hour_of_silence_stays_an_hour(
    source: Source, tracker: Tracker, ada: User
) -> None:
    until = timezone.now() + timedelta(hours=1)
    lifecycle.mute(Issue.objects.get(), ada, until)
    tracker.tell(source, bodies.issue("archived"), "issue")
    assert Issue.objects.get().muted_until == until


def test_a_person_who_takes_the_mute_over_keeps_it(
    source: Source, tracker: Tracker, ada: User
) -> None:
    tracker.tell(source, bodies.issue("archived"), "issue")
    lifecycle.unmute(Issue.objects.get(), ada)
    lifecycle.mute(Issue.objects.get(), ada)
    assert tracker.tell(source, bodies.event_alert("b" * 32), "event_alert") == []
    assert Issue.objects.get().status == "muted"


def test_what_was_muted_as_archived_is_told_once_it_is_open_there(
    source: Source, tracker: Tracker
) -> None:
    tracker.tell(source, bodies.issue("archived"), "issue")
    assert ForeignIssue.objects.get().muted_here
    assert len(tracker.tell(source, bodies.issue("unresolved"), "issue")) == 1
    assert not ForeignIssue.objects.get().muted_here


def test_a_persons_mute_outlasts_an_end_that_the_tracker_reports(
    make: Make, tracker: Tracker, ada: User
) -> None:
    """Else a monitor that flaps could not be muted."""
    source = make("sentry")
    tracker.tell(source, bodies.metric("critical", "1"), "metric_alert")
    lifecycle.mute(Issue.objects.get(), ada)
    assert tracker.tell(source, bodies.metric("resolved", "1"), "metric_alert") == []
    assert (Issue.objects.get().status, ForeignIssue.objects.get().state) == ("muted", "resolved")
    assert tracker.tell(source, bodies.metric("critical", "2"), "metric_alert") == []
    assert (Issue.objects.get().status, ForeignIssue.objects.get().state) == ("muted", "open")


def test_what_was_muted_as_archived_is_resolved_with_theirs(
    source: Source, tracker: Tracker
) -> None:
    tracker.tell(source, bodies.issue("archived"), "issue")
    tracker.tell(source, bodies.issue("resolved"), "issue")
    assert Issue.objects.get().status == "resolved"
    assert not ForeignIssue.objects.get().muted_here
