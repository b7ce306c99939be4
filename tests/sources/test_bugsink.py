"""Bugsink's custom messages, as they were captured and as it may send them."""

from __future__ import annotations

import pytest

from sentry_twilio.delivery.models import Delivery
from sentry_twilio.sources.bugsink import read
from sentry_twilio.sources.hook import Hook
from sentry_twilio.tracker.models import Issue
from tests.sources.conftest import Make, Tracker, captured

NEW = captured("bugsink_2.6.2_new")


def test_it_reads_all_that_bugsink_says() -> None:
    (alert,) = read(Hook(NEW))
    assert alert.group == "b968c5ad-7086-4586-bc17-e11b7c13bdb2"
    assert (alert.title, alert.culprit) == ("PaymentError: card declined", "POST /checkout")
    assert (alert.release, alert.times_seen, alert.reason) == ("demo@1.3", 1, "new")
    assert (alert.project.id, alert.project.name) == (1, "Demo")
    assert alert.url.startswith("https://bugsink.example.com/issues/issue/b968c5ad")


@pytest.mark.parametrize(
    ("said", "reason"), [("NEW", "new"), ("REGRESSED", "regressed"), ("UNMUTED", "reappeared")]
)
def test_the_reason_is_bugsinks_own(said: str, reason: str, make: Make, tracker: Tracker) -> None:
    assert len(tracker.tell(make("bugsink"), {**NEW, "alert_reason": said})) == 1
    assert Delivery.objects.get().notification.reason == reason


def test_its_number_of_events_is_ours(make: Make, tracker: Tracker) -> None:
    tracker.tell(make("bugsink"), {**NEW, "digested_event_count": 40})
    assert Issue.objects.get().times_seen == 40


def test_its_test_makes_no_issue_and_may_be_repeated(make: Make, tracker: Tracker) -> None:
    source = make("bugsink")
    for _ in range(2):
        (text,) = tracker.tell(source, captured("bugsink_2.6.2_test"))
        assert text.startswith("Sentry [Shop] INFO: This is a test message from Bugsink.")
    assert not Issue.objects.exists()


def test_no_more_tests_are_sent_than_the_button_sends(
    make: Make, tracker: Tracker, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TEST_MESSAGES_PER_HOUR = 1  # type: ignore[attr-defined]
    monkeypatch.setattr("sentry_twilio.projects.quota.time.time", lambda: 1_800_000_000.0)
    source = make("bugsink")
    assert len(tracker.tell(source, captured("bugsink_2.6.2_test"))) == 1
    assert tracker.tell(source, captured("bugsink_2.6.2_test")) == []


def test_a_link_elsewhere_is_left_out(make: Make, tracker: Tracker, project: object) -> None:
    source = make("bugsink", base_url="https://bugs.example.org")
    tracker.tell(source, NEW)
    url = Delivery.objects.get().notification.alert["url"]
    assert url == f"https://alerts.example.com/projects/shop/issues/{Issue.objects.get().pk}/"


def test_an_address_that_is_corrected_leaves_the_issues_what_they_are(
    make: Make, tracker: Tracker
) -> None:
    source = make("bugsink", base_url="https://wrong.example.com")
    tracker.tell(source, NEW)
    source.base_url = "https://bugsink.example.com"
    source.save()
    tracker.tell(source, {**NEW, "digest_order": 5})
    assert Issue.objects.get().times_seen == 2


def test_two_trackers_do_not_share_issues(make: Make, tracker: Tracker) -> None:
    tracker.tell(make("bugsink"), NEW)
    tracker.tell(make("bugsink", base_url="https://other.example.com"), NEW)
    tracker.tell(make("bugsink", base_url=""), NEW)
    tracker.tell(make("bugsink", base_url=""), NEW)
    assert Issue.objects.count() == 4
