from datetime import datetime, timezone
from types import SimpleNamespace

import pytest

from sentry_twilio.core import Alert, Project
from sentry_twilio.sentry_host import alerts

SEEN = datetime(2026, 5, 4, 3, 2, 1, tzinfo=timezone.utc)
LINK = "https://sentry.example.com/organizations/acme/issues/42/"


def a_group(**changes):
    said = {
        "id": 42,
        "project": SimpleNamespace(id=7, slug="bar", name="Bar"),
        "title": "Hello world",
        "times_seen": 3,
        "first_seen": SEEN,
        "get_absolute_url": lambda: LINK,
        "get_level_display": lambda: "error",
    }
    return SimpleNamespace(**{**said, **changes})


def an_event(tags=(), **changes):
    said = {
        "title": "Hello world",
        "culprit": "foo.bar",
        "event_id": "e" * 32,
        "datetime": SEEN,
        "get_tag": dict(tags).get,
    }
    return SimpleNamespace(**{**said, **changes})


def test_it_says_of_an_event_what_a_message_can_show():
    event = an_event(
        {"level": "warning", "environment": "production", "sentry:release": "shop@1.2"}
    )
    assert alerts.of(a_group(), event, ["First", "Second", "First"]) == Alert(
        project=Project(7, "bar", "Bar"),
        group="42",
        title="Hello world",
        level="warning",
        culprit="foo.bar",
        environment="production",
        release="shop@1.2",
        url=LINK,
        event_id="e" * 32,
        times_seen=3,
        first_seen=SEEN,
        occurred_at=SEEN,
        rule="First, Second",
        source="sentry",
    )


@pytest.mark.parametrize(
    ("of_event", "of_group", "level"),
    [
        ("fatal", "error", "fatal"),
        (None, "info", "info"),
        ("sample", "error", "debug"),
        ("odd", "Warning", "warning"),
        ("odd", "odder", "error"),
    ],
)
def test_the_events_level_goes_before_the_issues(of_event, of_group, level):
    group = a_group(get_level_display=lambda: of_group)
    assert alerts.of(group, an_event({"level": of_event})).level == level


def test_an_issue_that_is_no_error_has_the_title_of_its_occurrence():
    slow = SimpleNamespace(issue_title="N+1 Query", culprit="/checkout")
    alert = alerts.of(a_group(), an_event(title="/api/pay/", occurrence=slow))
    assert (alert.title, alert.culprit) == ("N+1 Query", "/checkout")


def test_what_a_version_does_not_say_is_left_out():
    bare = a_group(times_seen=None, first_seen=None)
    event = SimpleNamespace(get_tag=lambda name: None, occurrence=None)
    alert = alerts.of(bare, event)
    assert alert.title == "Hello world"
    assert (alert.culprit, alert.event_id, alert.rule) == ("", "", "")
    assert (alert.times_seen, alert.first_seen, alert.occurred_at) == (1, None, None)


def test_a_property_that_fails_costs_its_words_and_not_the_message():
    class Odd:
        event_id = "e" * 32

        @property
        def title(self):
            return {}["metadata"]

        @property
        def datetime(self):
            raise ValueError

    alert = alerts.of(a_group(get_absolute_url=None), Odd())
    assert (alert.title, alert.url, alert.occurred_at) == ("Hello world", "", None)
