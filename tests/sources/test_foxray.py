"""Foxray's webhook, as it was captured."""

from __future__ import annotations

import pytest

from sentry_twilio.sources.foxray import read
from sentry_twilio.sources.hook import Hook, NotUnderstood
from sentry_twilio.tracker.models import Issue
from tests.sources.conftest import Make, Tracker, captured

NEW = captured("foxray_0.1.2_new_issue")


def test_it_reads_all_that_foxray_says() -> None:
    (alert,) = read(Hook(NEW))
    assert (alert.group, alert.reason, alert.level) == ("1", "new", "error")
    assert (alert.culprit, alert.environment) == ("__main__ in inner", "production")
    assert (alert.release, alert.times_seen) == ("demo@1.0", 1)
    assert (alert.project.id, alert.project.slug) == (1, "shop")
    assert alert.url == "https://foxray.example.com/issues/1"
    assert alert.event_id == "85f21ed26a414a29930a393f964aeede"


def test_a_kind_that_is_not_known_is_told_all_the_same(make: Make, tracker: Tracker) -> None:
    source = make("foxray")
    assert len(tracker.tell(source, {**NEW, "kind": "something_new"})) == 1


def test_an_event_is_told_once(make: Make, tracker: Tracker) -> None:
    source = make("foxray")
    assert len(tracker.tell(source, NEW)) == 1
    assert tracker.tell(source, {**NEW, "subject": "in other words"}) == []
    assert len(tracker.tell(source, {**NEW, "event_id": "0" * 32})) == 1
    assert Issue.objects.count() == 1


@pytest.mark.parametrize("name", ["kind", "issue_id", "title"])
def test_it_says_what_is_missing(name: str) -> None:
    with pytest.raises(NotUnderstood, match=f"`{name}`"):
        read(Hook({key: value for key, value in NEW.items() if key != name}))
