"""What calls of Sentry cause: one text for each change, and an issue that follows Sentry's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from sentry_twilio.delivery import policy
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.sources import effects
from sentry_twilio.sources.models import ForeignIssue, Source
from sentry_twilio.sources.processing import process_due
from sentry_twilio.tracker import lifecycle
from sentry_twilio.tracker.models import Issue
from tests.sources import sentry_bodies as bodies
from tests.sources.conftest import Make, Tracker, sign

TEXT = f"Sentry [Shop] ERROR: {bodies.TITLE}"
HOUR = timedelta(hours=1)


@pytest.fixture
def source(make: Make) -> Source:
    return make("sentry")


def kept_back() -> list[str]:
    """Why texts that would have been sent were not, as their pages say."""
    return list(Delivery.objects.filter(state="suppressed").values_list("reason", flat=True))


# One text per change -----------------------------------------------------------------------

WAYS = {
    "created": ("issue", lambda: bodies.issue("created")),
    "event": ("event_alert", lambda: bodies.event_alert()),
    "activity": ("activity_alert", lambda: bodies.activity("first_seen")),
}


@pytest.mark.parametrize("first", WAYS)
@pytest.mark.parametrize("second", WAYS)
def test_a_new_issue_is_told_once_whatever_tells_of_it(
    first: str, second: str, source: Source, tracker: Tracker
) -> None:
    texts = []
    for resource, make_body in (WAYS[first], WAYS[second]):
        texts += tracker.tell(source, make_body(), resource)
    assert texts == [TEXT]


def test_two_rules_that_fire_for_one_event_are_one_text(source: Source, tracker: Tracker) -> None:
    assert tracker.tell(source, bodies.event_alert(rule="A"), "event_alert") == [TEXT]
    assert tracker.tell(source, bodies.event_alert(rule="B"), "event_alert") == []


def test_a_rule_with_other_recipients_is_another_text(source: Source, tracker: Tracker) -> None:
    nights = [{"name": "numbers", "value": "+14155550124"}]
    assert tracker.tell(source, bodies.event_alert(rule="A"), "event_alert") == [TEXT]
    body = bodies.event_alert(rule="B", settings=nights)
    assert tracker.tell(source, body, "event_alert") == [TEXT]


def test_rules_for_the_same_people_are_one_text_whatever_came_between(
    source: Source, tracker: Tracker
) -> None:
    nights = [{"name": "numbers", "value": "+14155550124"}]
    told = [
        len(tracker.tell(source, bodies.event_alert(rule=rule, settings=settings), "event_alert"))
        for rule, settings in (("A", None), ("B", nights), ("C", None), ("D", nights))
    ]
    assert told == [1, 1, 0, 0]


def test_a_later_event_is_told_again(source: Source, tracker: Tracker) -> None:
    assert tracker.tell(source, bodies.issue("created"), "issue") == [TEXT]
    assert tracker.tell(source, bodies.event_alert("a" * 32), "event_alert") == []
    assert tracker.tell(source, bodies.event_alert("b" * 32), "event_alert") == [TEXT]


@pytest.mark.parametrize("second", ["issue", "activity_alert"])
def test_coming_back_is_told_once(second: str, source: Source, tracker: Tracker) -> None:
    ways = {
        "issue": bodies.issue("unresolved", substatus="regressed"),
        "activity_alert": bodies.activity("set_regression"),
    }
    tracker.tell(source, bodies.issue("created"), "issue")
    tracker.tell(source, bodies.issue("resolved", status="resolved"), "issue")
    first = ({*ways} - {second}).pop()
    assert tracker.tell(source, ways[first], first) == [TEXT]
    assert tracker.tell(source, ways[second], second) == []


def test_coming_back_is_told_though_the_end_was_not_reported(
    source: Source, tracker: Tracker
) -> None:
    tracker.tell(source, bodies.issue("created"), "issue")
    (told,) = ForeignIssue.objects.get().told
    ForeignIssue.objects.update(told=[told | {"at": told["at"] - HOUR.total_seconds()}])
    assert tracker.tell(source, bodies.activity("set_regression"), "activity_alert") == [TEXT]


def test_only_what_a_rule_asked_for_is_told_where_the_source_says_so(
    make: Make, tracker: Tracker
) -> None:
    source = make("sentry", tells_unasked=False)
    assert tracker.tell(source, bodies.issue("created"), "issue") == []
    assert tracker.tell(source, bodies.event_alert("a" * 32), "event_alert") == [TEXT]
    tracker.tell(source, bodies.issue("resolved"), "issue")
    assert tracker.tell(source, bodies.issue("unresolved"), "issue") == []
    assert Issue.objects.get().status == "unresolved"
    assert tracker.tell(source, bodies.activity("set_regression"), "activity_alert") == [TEXT]
    assert tracker.tell(source, bodies.metric("critical"), "metric_alert") != []


def test_feedback_of_a_user_is_no_alert(source: Source, tracker: Tracker) -> None:
    body = bodies.issue("created", issueCategory="feedback")
    assert tracker.tell(source, body, "issue") == []
    assert not Issue.objects.exists()


# Its state is ours -------------------------------------------------------------------------


def test_our_issue_follows_sentrys(source: Source, tracker: Tracker) -> None:
    def status_after(action: str) -> str:
        tracker.tell(source, bodies.issue(action), "issue")
        return Issue.objects.get().status

    assert status_after("created") == "unresolved"
    assert status_after("resolved") == "resolved"
    assert status_after("unresolved") == "unresolved"
    assert status_after("archived") == "muted"
    assert status_after("unresolved") == "unresolved"
    assert status_after("ignored") == "muted"


def test_what_was_resolved_by_activity_comes_back_by_an_event(
    source: Source, tracker: Tracker
) -> None:
    tracker.tell(source, bodies.event_alert("a" * 32), "event_alert")
    tracker.tell(source, bodies.activity("status_resolved"), "activity_alert")
    assert Issue.objects.get().status == "resolved"
    assert tracker.tell(source, bodies.event_alert("b" * 32), "event_alert") == [TEXT]
    assert Issue.objects.get().status == "unresolved"
    assert Delivery.objects.latest("pk").notification.reason == "regressed"


def test_a_muted_issue_is_not_told(source: Source, tracker: Tracker) -> None:
    tracker.tell(source, bodies.event_alert("a" * 32), "event_alert")
    lifecycle.mute(Issue.objects.get(), None)
    assert tracker.tell(source, bodies.event_alert("b" * 32), "event_alert") == []
    assert kept_back() == [effects.MUTED]
    assert tracker.tell(source, bodies.issue("unresolved"), "issue") == []
    assert Issue.objects.get().times_seen == 2


@pytest.mark.parametrize(("over", "reasons"), [("never", []), ("always", [effects.MUTED])])
def test_the_end_of_a_muted_issue_is_kept_back_where_it_would_be_told(
    over: str, reasons: list[str], make: Make, tracker: Tracker
) -> None:
    source = make("sentry", tells_over=over)
    tracker.tell(source, bodies.issue("created"), "issue")
    lifecycle.mute(Issue.objects.get(), None)
    assert tracker.tell(source, bodies.issue("resolved"), "issue") == []
    assert kept_back() == reasons


def test_what_another_call_told_is_not_kept_back(source: Source, tracker: Tracker) -> None:
    tracker.tell(source, bodies.event_alert(), "event_alert")
    tracker.tell(source, bodies.issue("created"), "issue")
    assert kept_back() == []


@pytest.mark.parametrize(
    ("over", "metric", "issue"),
    [("never", False, False), ("watched", True, False), ("always", True, True)],
)
def test_the_end_is_told_where_the_switch_says_so(
    over: str, metric: bool, issue: bool, make: Make, tracker: Tracker
) -> None:
    source = make("sentry", tells_over=over)
    tracker.tell(source, bodies.metric("critical"), "metric_alert")
    told = tracker.tell(source, bodies.metric("resolved"), "metric_alert")
    assert told == (["Sentry [Shop] INFO: Resolved: Too many errors"] if metric else [])
    tracker.tell(source, bodies.issue("created"), "issue")
    told = tracker.tell(source, bodies.issue("resolved"), "issue")
    assert told == ([f"Sentry [Shop] INFO: Resolved: {bodies.TITLE}"] if issue else [])
    assert tracker.tell(source, bodies.activity("set_resolved"), "activity_alert") == []


def test_each_step_of_a_metric_is_told_once(source: Source, tracker: Tracker) -> None:
    def count(action: str, incident: str = "4", **changes: str) -> int:
        body = bodies.metric(action, incident)
        body["data"]["description_text"] = changes.get("text", "")
        return len(tracker.tell(source, body, "metric_alert"))

    assert count("warning") == 1
    assert count("critical") == 1
    assert count("critical", text="in another channel") == 0
    assert count("resolved") == 1
    assert count("critical", "5") == 1
    assert Issue.objects.get().times_seen == 3


# Age, repetition, other resources -----------------------------------------------------------


def test_an_old_event_is_counted_and_not_told(source: Source, tracker: Tracker) -> None:
    assert tracker.tell(source, bodies.event_alert(ago=2 * HOUR), "event_alert") == []
    assert Issue.objects.get().title == bodies.TITLE
    assert kept_back() == [effects.LATE]
    assert source.inbox.get().result == effects.LATE


def test_an_alert_that_comes_late_is_of_use_for_as_much_less(
    source: Source, tracker: Tracker
) -> None:
    tracker.tell(source, bodies.event_alert(ago=timedelta(minutes=50)), "event_alert")
    left = Delivery.objects.get().expires_at - timezone.now()
    assert timedelta(minutes=9) < left < timedelta(minutes=11)


@pytest.mark.parametrize(("minutes", "count"), [(5, 0), (120, 1)])
def test_how_old_is_too_old_is_the_projects_own_choice(
    minutes: int, count: int, source: Source, tracker: Tracker
) -> None:
    policy.save(source.project, {"useful_seconds": str(minutes * 60)})
    body = bodies.event_alert(ago=timedelta(minutes=90) if count else timedelta(minutes=30))
    assert len(tracker.tell(source, body, "event_alert")) == count


def test_a_call_that_waited_too_long_is_not_told(
    source: Source, tracker: Tracker, settings: object
) -> None:
    tracker.post(source, bodies.issue("unresolved"), "issue")
    call = source.inbox.get()
    source.inbox.update(received_at=call.received_at - 2 * HOUR)
    assert process_due() == 1
    assert kept_back() == [effects.LATE]
    assert not Delivery.objects.exclude(state="suppressed").exists()


def test_the_same_call_again_is_known(source: Source, tracker: Tracker) -> None:
    body = bodies.event_alert()
    assert tracker.post(source, body, "event_alert").json() == {"status": "accepted"}
    assert tracker.post(source, body, "event_alert").json() == {"status": "known"}
    assert process_due() == 1
    assert tracker.post(source, body, "event_alert").json() == {"status": "known"}
    assert process_due() == 0


@pytest.mark.parametrize(
    ("resource", "body", "name"),
    [
        ("installation", bodies.installation(), "installation.created"),
        ("comment", bodies.envelope("created", {}), "comment.created"),
        ("issue", bodies.issue("assigned"), "issue.assigned"),
        ("issue", bodies.issue("unassigned"), "issue.unassigned"),
        ("metric_alert", bodies.metric("cosy"), "metric_alert.cosy"),
        ("", {"anything": 1}, "other"),
    ],
)
def test_what_is_no_alert_is_answered_and_counted(
    resource: str, body: dict[str, object], name: str, source: Source, tracker: Tracker
) -> None:
    assert tracker.tell(source, body, resource) == []
    source.refresh_from_db()
    assert source.left_alone == {name: 1}
    assert source.calls == 1


def test_either_header_proves_a_call(source: Source, tracker: Tracker) -> None:
    raw = b'{"action": "created", "data": {}}'
    headers = {"Sentry-Hook-Signature": "", "Sentry-App-Signature": sign(raw)}
    assert tracker.post(source, raw, "installation", **headers).status_code == 202
