from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from sentry_twilio.core import options, plugins
from sentry_twilio.delivery.models import BadRecipient, KnownSender, OptOut, SegmentCount
from sentry_twilio.projects.creation import create_project
from sentry_twilio.projects.models import Project
from sentry_twilio.sources import groups
from tests.dashboard.conftest import (
    NUMBER,
    OPTIONS,
    SENDER_KEY,
    Browse,
    make_delivery,
    said,
)

TWILIO = "/projects/web-shop/plugins/twilio/"
ACCOUNT = f"twilio:{OPTIONS['account_sid']}"


def opt_out(**fields: Any) -> OptOut:
    values = {"sender_key": SENDER_KEY, "recipient": NUMBER, "source": "message", **fields}
    return OptOut.objects.create(**values)


def test_it_says_who_opted_out_and_how_they_come_back(configured: Project, browser: Browse) -> None:
    opt_out()
    opt_out(recipient="+14155550999")  # none of this project's recipients
    page = said(browser("admin").get(TWILIO))
    assert "The recipient wrote so." in page
    assert "When they write START to +15005550006." in page
    assert "+14155550999" not in page


def test_it_knows_the_recipients_and_senders_of_groups(
    configured: Project, browser: Browse
) -> None:
    groups.store(configured, "recipients", "Nights", "(415) 555-0124")
    groups.store(configured, "sender", "Second", "+15005550009")
    opt_out(recipient="+14155550124")
    opt_out(sender_key=f"{ACCOUNT}:+15005550009")
    opt_out(sender_key=f"{ACCOUNT}:+15005550010")  # nobody sends from there any more
    page = said(browser("admin").get(TWILIO))
    assert "+14155550124" in page
    assert "When they write START to +15005550009." in page
    assert "+15005550010" not in page


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "suppressed", "due_at": None},
        {"state": "refused", "due_at": None, "slot_at": timezone.now()},
    ],
)
def test_it_knows_whom_a_rule_texts_by_the_messages_to_them(
    fields: dict[str, Any], configured: Project, browser: Browse, people: dict[str, User]
) -> None:
    own, foreign = "+14155550977", "+14155550988"
    other = create_project("Other", people["stranger"])
    for project, recipient in ((configured, own), (other, foreign)):
        opt_out(recipient=recipient)
        make_delivery(project, None, recipient=recipient, sender_key=SENDER_KEY, **fields)
    page = said(browser("admin").get(TWILIO))
    assert own in page
    assert foreign not in page
    row = OptOut.objects.get(recipient=own)
    browser("admin").post(f"{TWILIO}opt-outs/{row.pk}/try-again/")
    row.refresh_from_db()
    assert row.retry_at is not None


def test_it_names_no_number_of_a_messaging_service(configured: Project, browser: Browse) -> None:
    service = "MG" + "b" * 32
    options.installed().set(
        configured, "twilio", {"sms_from": None, "messaging_service_sid": service}
    )
    opt_out(sender_key=f"{ACCOUNT}:{service}")
    page = said(browser("admin").get(TWILIO))
    assert "START to the number that the texts come from." in page


@pytest.mark.parametrize("heard", [True, False])
def test_it_says_when_an_opt_out_is_tried_again(
    heard: bool, configured: Project, browser: Browse
) -> None:
    now = timezone.now()
    opt_out(source="refusal", retry_at=now + timedelta(hours=20))
    KnownSender.objects.create(key=SENDER_KEY, inbound_at=now if heard else None)
    page = said(browser("admin").get(TWILIO))
    assert "The provider refused a message because of it." in page
    assert ("no message of a recipient has ever reached this host" in page) is not heard
    assert ("A recipient's message last came" in page) is heard


def test_it_names_recipients_who_are_not_reached(configured: Project, browser: Browse) -> None:
    for recipient in (NUMBER, "+14155550999"):  # the second is not in the settings any more
        BadRecipient.objects.create(
            project=configured, plugin="twilio", recipient=recipient, code=30005, reason="Gone."
        )
    page = said(browser("admin").get(TWILIO))
    assert "Gone. " in page
    assert "Code 30005" in page
    assert "Alerts are still tried with them." in page
    assert "+14155550999" not in page


@pytest.mark.parametrize(
    ("segments", "expected"),
    [(79, ""), (80, "Beyond the cap, alerts"), (100, "The cap is reached")],
)
def test_it_warns_from_four_fifths_of_the_accounts_segments(
    segments: int, expected: str, configured: Project, browser: Browse, settings: Any
) -> None:
    settings.ACCOUNT_SEGMENTS_A_DAY = 100
    now = timezone.now()
    SegmentCount.objects.create(account=ACCOUNT, hour=now, segments=segments)
    SegmentCount.objects.create(account=ACCOUNT, hour=now - timedelta(days=2), segments=500)
    SegmentCount.objects.create(account="twilio:ACother", hour=now, segments=500)
    page = said(browser("admin").get(TWILIO))
    assert f"<strong>{segments}</strong> segments of 100" in page
    assert expected in page
    assert bool(expected) is ("ACCOUNT_SEGMENTS_A_DAY" in page)


def test_it_knows_accounts_without_a_cap(
    configured: Project, browser: Browse, settings: Any
) -> None:
    settings.ACCOUNT_SEGMENTS_A_DAY = 0
    assert "There is no cap." in said(browser("admin").get(TWILIO))


@pytest.mark.parametrize(
    ("seconds", "said_so"),
    [(20, True), (-20, False), (7200, False)],  # the last was written by a clock that was wrong
)
def test_it_says_until_when_the_provider_wants_a_pause(
    seconds: int, said_so: bool, configured: Project, browser: Browse
) -> None:
    until = timezone.now() + timedelta(seconds=seconds)
    KnownSender.objects.create(key=SENDER_KEY, closed_until=until, width=1)
    assert ("asked for a pause until" in said(browser("admin").get(TWILIO))) is said_so


def test_it_says_that_a_message_came_before_anything_was_sent(
    configured: Project, browser: Browse
) -> None:
    opt_out(source="refusal", retry_at=timezone.now() + timedelta(hours=20))
    KnownSender.objects.create(key=SENDER_KEY, unproved_at=timezone.now())
    page = said(browser("admin").get(TWILIO))
    assert "Came, and was not acted on" in page
    assert "no message of a recipient has ever reached this host" not in page
    assert "Nothing came yet" not in page


def test_it_gives_the_address_for_the_recipients_answers(
    configured: Project, browser: Browse, settings: Any
) -> None:
    page = said(browser("admin").get(TWILIO))
    assert "https://alerts.example.com/hooks/twilio/inbound/" in page
    assert "Nothing came yet" in page
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    page = said(browser("admin").get(TWILIO))
    assert "/hooks/twilio/inbound/" not in page
    assert "answers cannot be heard here" in page


def test_it_tells_nothing_before_the_plugin_is_set_up(project: Project, browser: Browse) -> None:
    page = said(browser("admin").get(TWILIO))
    assert "Used in 24 hours" not in page
    assert "/hooks/" not in page


def test_a_plugins_mistake_does_not_close_its_settings(
    configured: Project, browser: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compose(*args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(type(plugins.get("twilio")), "compose", compose)
    assert "Account SID" in said(browser("admin").get(TWILIO))
