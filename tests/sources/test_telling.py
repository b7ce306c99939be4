"""Each person hears of each thing once, in whatever order and by however many rules it comes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sentry_twilio.core import plugins
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.sources import ending, telling
from sentry_twilio.sources.models import ForeignIssue, Source
from sentry_twilio.tracker import lifecycle
from sentry_twilio.tracker.models import Issue
from tests.delivery.provider import FakePlugin
from tests.sources import sentry_bodies as bodies
from tests.sources.conftest import Make, Tracker

TEXT = f"Sentry [Shop] ERROR: {bodies.TITLE}"
MINUTE = timedelta(minutes=1)
NIGHT = "+14155550124"
USUAL = [{"name": "recipients", "value": "usual"}]


@pytest.fixture
def source(make: Make) -> Source:
    return make("sentry")


def numbers(*given: str) -> list[dict[str, str]]:
    return [*USUAL, {"name": "numbers", "value": ", ".join(given)}]


def told() -> list[str]:
    """Whom texts went to, in their order."""
    rows = Delivery.objects.exclude(state="suppressed").order_by("pk")
    return list(rows.values_list("recipient", flat=True))


# Who heard of it ---------------------------------------------------------------------------

PLAIN = {
    "created": ("issue", lambda: bodies.issue("created")),
    "event": ("event_alert", lambda: bodies.event_alert()),
}
CHOSEN = {
    "event": ("event_alert", lambda chosen: bodies.event_alert(rule="B", settings=chosen)),
    "activity": ("activity_alert", lambda chosen: bodies.activity("first_seen", settings=chosen)),
}


@pytest.mark.parametrize("plain", PLAIN)
@pytest.mark.parametrize("chosen", CHOSEN)
@pytest.mark.parametrize("chosen_first", [True, False])
@pytest.mark.parametrize("settings", [USUAL, numbers("(415) 555-0123")])
def test_a_rule_that_names_the_usual_people_tells_them_once(
    plain: str,
    chosen: str,
    chosen_first: bool,
    settings: list[dict[str, str]],
    source: Source,
    tracker: Tracker,
) -> None:
    resource, make_plain = PLAIN[plain]
    other, make_chosen = CHOSEN[chosen]
    calls = [(make_plain(), resource), (make_chosen(settings), other)]
    for body, of in reversed(calls) if chosen_first else calls:
        tracker.tell(source, body, of)
    assert told() == ["+14155550123"]


def test_of_a_rules_people_only_those_who_did_not_hear_are_told(
    source: Source, tracker: Tracker
) -> None:
    tracker.tell(source, bodies.issue("created"), "issue")
    both = numbers("415-555-0123", NIGHT)
    assert tracker.tell(source, bodies.event_alert(settings=both), "event_alert") == [TEXT]
    assert told() == ["+14155550123", NIGHT]
    assert tracker.tell(source, bodies.event_alert(rule="C", settings=both), "event_alert") == []


def test_a_group_that_is_gone_tells_nobody_a_second_time(source: Source, tracker: Tracker) -> None:
    gone = [{"name": "recipients", "value": "group:Gone"}]
    tracker.tell(source, bodies.event_alert(), "event_alert")
    assert tracker.tell(source, bodies.event_alert(rule="B", settings=gone), "event_alert") == []


def test_a_plugin_whose_people_all_heard_is_silent_and_another_is_not(
    source: Source, tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakePlugin()
    every = [*plugins.all(), fake]
    monkeypatch.setattr(plugins, "all", lambda: every)
    fake.set_option("to", "mail", source.project)
    monkeypatch.setattr(FakePlugin, "recipients_option", "")
    tracker.tell(source, bodies.event_alert(), "event_alert")
    assert told() == ["+14155550123", "mail"]
    body = bodies.event_alert(rule="B", settings=numbers(NIGHT))
    tracker.tell(source, body, "event_alert")
    assert told() == ["+14155550123", "mail", NIGHT]


def test_the_next_event_is_told_to_all_again(source: Source, tracker: Tracker) -> None:
    for event_id in ("a" * 32, "b" * 32):
        tracker.tell(source, bodies.event_alert(event_id, settings=numbers(NIGHT)), "event_alert")
    assert told() == [NIGHT, NIGHT]


# What is over ------------------------------------------------------------------------------


def state() -> tuple[str, str]:
    return Issue.objects.get().status, ForeignIssue.objects.get().state


@pytest.mark.parametrize(
    ("resource", "late"),
    [
        ("issue", lambda: bodies.issue("created")),
        ("issue", lambda: bodies.issue("created", firstSeen=None)),
        ("activity_alert", lambda: bodies.activity("first_seen")),
        ("event_alert", lambda: bodies.event_alert("b" * 32, ago=3 * MINUTE)),
    ],
)
@pytest.mark.parametrize(
    ("end", "status"), [("resolved", ("resolved", "resolved")), ("archived", ("muted", "archived"))]
)
def test_what_began_before_the_end_and_comes_after_it_changes_nothing(
    resource: str,
    late: Any,
    end: str,
    status: tuple[str, str],
    source: Source,
    tracker: Tracker,
) -> None:
    tracker.tell(source, bodies.event_alert("a" * 32, ago=2 * MINUTE), "event_alert")
    tracker.tell(source, bodies.issue(end), "issue")
    assert tracker.tell(source, late(), resource) == []
    assert source.inbox.latest("pk").result == ending.OVER
    assert state() == status


def test_what_happens_while_the_call_about_the_end_is_on_its_way_is_news(
    source: Source, tracker: Tracker
) -> None:
    tracker.tell(source, bodies.event_alert("a" * 32, ago=2 * MINUTE), "event_alert")
    tracker.tell(source, bodies.issue("resolved"), "issue")
    back = bodies.event_alert("b" * 32, ago=MINUTE)
    assert tracker.tell(source, back, "event_alert") == [TEXT]
    assert state() == ("unresolved", "open")


@pytest.mark.parametrize("kind", ["sentry", "sentry-legacy"])
def test_sentrys_clock_says_what_came_after_the_end_and_not_the_applications(
    kind: str, source: Source, make: Make, tracker: Tracker
) -> None:
    """An application whose clock is slow by ten minutes is back after the end."""
    slow = timedelta(minutes=10)
    tracker.tell(source, bodies.event_alert("a" * 32, ago=slow), "event_alert")
    tracker.tell(source, bodies.issue("resolved"), "issue")
    back = bodies.event_alert("b" * 32, ago=slow)
    if kind == "sentry-legacy":
        source, back = make(kind), bodies.legacy(slow)
    back_event = back["event"] if kind == "sentry-legacy" else back["data"]["event"]
    back_event["received"] = timezone.now().timestamp()
    assert len(tracker.tell(source, back, "event_alert")) == 1
    assert state() == ("unresolved", "open")


def test_an_event_that_sentry_had_before_the_end_is_no_news_whatever_its_own_clock_says(
    source: Source, tracker: Tracker
) -> None:
    tracker.tell(source, bodies.event_alert("a" * 32), "event_alert")
    tracker.tell(source, bodies.issue("resolved"), "issue")
    received = (timezone.now() - 3 * MINUTE).timestamp()
    late = bodies.event_alert("b" * 32, received=received)
    assert tracker.tell(source, late, "event_alert") == []
    assert state() == ("resolved", "resolved")


@pytest.mark.parametrize("tells_unasked", [True, False])
@pytest.mark.parametrize("resource", ["event_alert", "activity_alert", "issue"])
def test_what_a_text_was_kept_back_of_as_it_is_over_stands_under_deliveries(
    resource: str, tells_unasked: bool, make: Make, tracker: Tracker
) -> None:
    late = {
        "event_alert": bodies.event_alert("b" * 32, ago=3 * MINUTE),
        "activity_alert": bodies.activity("first_seen"),
        "issue": bodies.issue("created"),
    }
    source = make("sentry", tells_unasked=tells_unasked)
    tracker.tell(source, bodies.event_alert("a" * 32, ago=3 * MINUTE), "event_alert")
    tracker.tell(source, bodies.issue("resolved"), "issue")
    seen = Issue.objects.get().times_seen
    assert tracker.tell(source, late[resource], resource) == []
    rows = Delivery.objects.filter(state="suppressed").values_list("recipient", "reason")
    wanted = tells_unasked or resource != "issue"
    assert list(rows) == ([("+14155550123", ending.OVER)] if wanted else [])
    assert Issue.objects.get().times_seen == seen


def test_an_event_that_was_told_before_the_end_is_no_news_after_it(
    source: Source, tracker: Tracker
) -> None:
    first = bodies.event_alert("a" * 32)
    tracker.tell(source, first, "event_alert")
    tracker.tell(source, bodies.issue("resolved"), "issue")
    same = bodies.event_alert("a" * 32, rule="B")
    assert tracker.tell(source, same, "event_alert") == []
    assert source.inbox.latest("pk").result == telling.TOLD_ALREADY
    own = bodies.event_alert("a" * 32, rule="C", settings=numbers(NIGHT))
    assert tracker.tell(source, own, "event_alert") == []
    assert source.inbox.latest("pk").result == ending.OVER
    assert state() == ("resolved", "resolved")
    # Nor is it, once another event has opened the issue again.
    tracker.tell(source, bodies.event_alert("b" * 32), "event_alert")
    again = bodies.event_alert("a" * 32, rule="D", ago=-MINUTE)
    assert tracker.tell(source, again, "event_alert") == []
    assert state() == ("unresolved", "open")


def test_an_issue_that_comes_back_is_told_though_its_events_are_remembered(
    make: Make, tracker: Tracker
) -> None:
    for tells_unasked in (True, False):
        source = make("sentry", tells_unasked=tells_unasked, name=f"{tells_unasked}")
        tracker.tell(source, bodies.event_alert("a" * 32), "event_alert")
        tracker.tell(source, bodies.issue("resolved"), "issue")
        tracker.tell(source, bodies.issue("unresolved"), "issue")
        tracker.tell(source, bodies.event_alert("b" * 32, rule="B"), "event_alert")
        assert state() == ("unresolved", "open")
        assert told() == ["+14155550123"] * 2
        Issue.objects.all().delete()
        Delivery.objects.all().delete()


def test_what_was_told_already_neither_opens_nor_counts(source: Source, tracker: Tracker) -> None:
    tracker.tell(source, bodies.event_alert("a" * 32), "event_alert")
    lifecycle.resolve(Issue.objects.get(), None)
    assert tracker.tell(source, bodies.event_alert("a" * 32, rule="B"), "event_alert") == []
    issue = Issue.objects.get()
    assert (issue.status, issue.times_seen) == ("resolved", 1)


def test_what_came_only_after_its_own_end_is_not_told(source: Source, tracker: Tracker) -> None:
    tracker.tell(source, bodies.issue("resolved"), "issue")
    assert tracker.tell(source, bodies.issue("created"), "issue") == []
    assert state() == ("resolved", "resolved")


def test_an_old_event_is_no_news_though_the_issue_is_open_again(
    source: Source, tracker: Tracker
) -> None:
    for action in ("created", "resolved", "unresolved"):
        tracker.tell(source, bodies.issue(action), "issue")
    late = bodies.event_alert("b" * 32, ago=3 * MINUTE)
    assert tracker.tell(source, late, "event_alert") == []


def test_an_incident_that_is_over_does_not_begin_again(source: Source, tracker: Tracker) -> None:
    def count(action: str, incident: str = "4", **changes: str) -> int:
        body = bodies.metric(action, incident)
        body["data"]["description_text"] = changes.get("text", "")
        return len(tracker.tell(source, body, "metric_alert"))

    assert count("warning") == 1
    assert count("resolved") == 1
    assert count("critical") == 0
    assert state() == ("resolved", "resolved")
    assert Delivery.objects.filter(state="suppressed").get().reason == ending.OVER
    assert count("critical", "5") == 1
    # Hours later it did not overtake anything: better a text too many than none.
    assert count("resolved", "5") == 1
    ended = timezone.now() - ending.SAME_INCIDENT - MINUTE
    ForeignIssue.objects.update(ended_at=ended)
    assert count("critical", "5", text="in the afternoon") == 1


def test_the_end_of_another_incident_is_another_end(source: Source, tracker: Tracker) -> None:
    for action in ("critical", "resolved"):
        tracker.tell(source, bodies.metric(action, "1"), "metric_alert")
    ForeignIssue.objects.update(ended_at=timezone.now() - timedelta(hours=2))
    tracker.tell(source, bodies.metric("resolved", "2"), "metric_alert")
    assert tracker.tell(source, bodies.metric("critical", "2"), "metric_alert") == []
    assert state() == ("resolved", "resolved")


def test_the_end_of_an_incident_that_is_reported_twice_stays_where_it_was(
    source: Source, tracker: Tracker
) -> None:
    for action in ("critical", "resolved"):
        tracker.tell(source, bodies.metric(action, "1"), "metric_alert")
    ended = timezone.now() - timedelta(minutes=30)
    ForeignIssue.objects.update(ended_at=ended)
    again = {**bodies.metric("resolved", "1"), "again": True}
    tracker.tell(source, again, "metric_alert")
    assert ForeignIssue.objects.get().ended_at == ended


def test_an_end_that_the_clock_put_into_the_future_silences_nothing(
    source: Source, tracker: Tracker
) -> None:
    tracker.tell(source, bodies.event_alert("a" * 32), "event_alert")
    tracker.tell(source, bodies.issue("resolved"), "issue")
    ForeignIssue.objects.update(ended_at=timezone.now() + timedelta(hours=1))
    assert tracker.tell(source, bodies.event_alert("b" * 32), "event_alert") == [TEXT]


# The same bytes ----------------------------------------------------------------------------


def test_a_change_that_comes_about_again_is_another_call(source: Source, tracker: Tracker) -> None:
    resolved, unresolved = bodies.issue("resolved"), bodies.issue("unresolved")
    tracker.tell(source, bodies.issue("created"), "issue")
    for stamp, body in (("1800000000", resolved), ("1800000060", unresolved)):
        tracker.tell(source, body, "issue", **{"Sentry-Hook-Timestamp": stamp})
    tracker.tell(source, resolved, "issue", **{"Sentry-Hook-Timestamp": "1800000120"})
    assert state() == ("resolved", "resolved")


@pytest.mark.parametrize(
    ("resource", "body"),
    [
        ("issue", bodies.issue("created")),
        ("issue", bodies.issue("unresolved")),
        ("issue", bodies.issue("resolved")),
        ("activity_alert", bodies.activity("set_regression")),
        ("event_alert", bodies.event_alert()),
    ],
)
def test_a_call_that_is_repeated_under_another_time_is_told_once(
    resource: str, body: dict[str, Any], make: Make, tracker: Tracker
) -> None:
    source = make("sentry", tells_over="always")
    tracker.tell(source, bodies.event_alert("a" * 32, ago=MINUTE), "event_alert")
    tracker.tell(source, bodies.issue("archived"), "issue")
    before = len(told())
    for stamp in ("1800000000", "1800000002"):
        tracker.tell(source, body, resource, **{"Sentry-Hook-Timestamp": stamp})
    assert len(told()) - before <= 1
