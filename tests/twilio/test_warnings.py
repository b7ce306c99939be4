"""Each row of the table appears when it should, and only then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sentry_twilio.twilio import codes
from sentry_twilio.twilio.plugin import TwilioPlugin
from sentry_twilio.twilio.warning_rules import RULES
from sentry_twilio.twilio.warnings import for_settings

US, CANADA, GERMANY = "+14155550100", "+16135550123", "+4915112345678"
LONG_CODE, TOLL_FREE, BRITISH = "+14155552671", "+18005551234", "+447400123456"
HTTPS = "https://alerts.example.com"
FULL = {"status": "active", "type": "Full"}
DOCS = Path(__file__).parent.parent.parent / "docs"


def ids(sender: str = BRITISH, to: str = GERMANY, url: str = HTTPS, **known: Any) -> list[str]:
    """What is said, with a link in the texts."""
    options = {"sms_from": sender, "sms_to": to, "sms_link": "1"} | known.pop("options", {})
    return [warning.id for warning in for_settings(options, url, **known)]


def test_it_is_silent_where_nothing_is_wrong() -> None:
    owned = {"phone_number": BRITISH, "capabilities": {"sms": True}}
    assert ids(account=FULL, number=owned, balance={"balance": "17.3", "currency": "USD"}) == []
    assert for_settings({}, "") == []


@pytest.mark.parametrize(
    ("sender", "to", "expected"),
    [
        (LONG_CODE, US, ["us-long-code"]),
        (LONG_CODE, f"{GERMANY},{US}", ["us-long-code"]),
        (CANADA, US, ["us-long-code"]),
        (LONG_CODE, "", ["us-long-code"]),
        (LONG_CODE, CANADA, []),
        (LONG_CODE, GERMANY, []),
        (TOLL_FREE, US, ["toll-free"]),
        (TOLL_FREE, CANADA, ["toll-free"]),
        (TOLL_FREE, GERMANY, []),
        ("+15005550006", US, []),
        ("12345", US, []),
        ("Acme", US, ["name-us-canada", "name-one-way"]),
        ("Acme", f"{US},{GERMANY}", ["name-us-canada", "name-one-way", "name-registration"]),
        ("Acme", GERMANY, ["name-one-way", "name-registration"]),
        ("", US, []),
    ],
)
def test_it_knows_what_a_sender_may_not_do(sender: str, to: str, expected: list[str]) -> None:
    assert ids(sender, to) == expected


def test_it_speaks_of_the_numbers_behind_a_messaging_service() -> None:
    service = {"messaging_service_sid": "MG" + "0" * 32}
    assert ids("", US, options=service) == ["service-us"]
    assert ids("", GERMANY, options=service) == []


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8000", ["link-private"]),
        ("http://alerts.example.com", ["link-http"]),
        ("https://bit.ly", ["link-shortener"]),
        (HTTPS, []),
    ],
)
def test_it_looks_at_the_link(url: str, expected: list[str]) -> None:
    assert ids(url=url) == expected
    assert ids(url=url, options={"sms_link": ""}) == [], "no text has a link"


def test_it_names_a_trial_account_and_its_prefix() -> None:
    trial = {"status": "active", "type": "Trial"}
    assert ids(account=trial) == ["trial", "trial-prefix"]
    assert ids(account=trial, options={"sms_trial": "1"}) == ["trial"]
    assert ids(options={"sms_trial": "1"}) == ["trial"], "the form knows it from the settings"
    assert ids(account=FULL, options={"sms_trial": "1"}) == []


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_it_names_an_account_that_sends_nothing(status: str) -> None:
    (warning,) = for_settings({}, "", account={"status": status, "type": "Full"})
    assert (warning.id, warning.code, warning.blocks) == ("account-inactive", 20005, True)
    assert status in warning.sentence


def test_it_names_an_empty_purse() -> None:
    assert ids(balance={"balance": "-0.12", "currency": "USD"}) == ["no-credit"]
    assert ids(balance={"balance": None}) == []


def test_it_tells_a_sender_that_is_not_owned_from_one_that_was_not_looked_up() -> None:
    assert ids(number={}) == ["sender-not-owned"]
    assert ids(number=None) == []


def test_it_names_a_number_that_cannot_text() -> None:
    assert ids(number={"capabilities": {"sms": False, "voice": True}}) == ["sender-without-sms"]
    assert ids(number={"capabilities": None}) == []


def test_it_names_the_recipients_whom_a_name_does_not_reach() -> None:
    first = for_settings({"sms_from": "Acme", "sms_to": f"{GERMANY},{US}"}, "")[0]
    assert first.blocks
    assert US in first.sentence
    assert GERMANY not in first.sentence


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_each_row_is_about_an_error_that_is_explained(rule: Any) -> None:
    assert rule.sentence.endswith(".")
    assert rule.next_step.endswith(".")
    if rule.code:
        assert codes.find(rule.code), "error_codes.json does not have it"
        assert str(rule.code) in (DOCS / "registration.md").read_text()


def test_each_row_has_an_id_of_its_own() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_what_the_form_knows_needs_no_question_to_twilio() -> None:
    said = {
        *ids(LONG_CODE, US, "http://10.0.0.1", options={"sms_trial": "1"}),
        *ids(TOLL_FREE, US, "http://alerts.example.com"),
        *ids("Acme", f"{US},{GERMANY}", "https://bit.ly"),
        *ids("", US, options={"messaging_service_sid": "MG" + "0" * 32}),
    }
    assert said == {rule.id for rule in RULES if rule.known == "form"}


def test_the_plugin_says_it_in_words() -> None:
    (said,) = TwilioPlugin().warnings({"sms_from": TOLL_FREE, "sms_to": US}, HTTPS)
    assert TOLL_FREE in said
    assert said.endswith("(Twilio error 30032)")


def test_the_plugin_fears_no_carrier_behind_an_emulator() -> None:
    plugin = TwilioPlugin()
    plugin.configure(base_url="http://127.0.0.1:8010")
    assert plugin.warnings({"sms_from": TOLL_FREE, "sms_to": US}, "http://127.0.0.1:8000") == []
