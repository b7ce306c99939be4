from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sentry_twilio.emulator.testing import RunningEmulator
from tests.console.conftest import PHONE, SENDER, Run


def test_it_shows_the_account_and_sends_nothing(run: Run, emulator: RunningEmulator) -> None:
    result = run("check", "--to", PHONE)
    assert result.exit_code == 0
    assert emulator.account_sid in result.stdout
    assert "(Full, active)" in result.stdout
    assert SENDER in result.stdout
    assert "Twilio error 30034: https://www.twilio.com/docs/api/errors/30034" in result.stdout
    assert emulator.auth_token not in result.output
    assert emulator.messages() == []


def test_it_prints_json(read: Callable[..., Any], emulator: RunningEmulator) -> None:
    found = read("check", "--to", PHONE, "--public-url", "http://10.0.0.1")
    assert found["good"] is True
    assert found["account"]["sid"] == emulator.account_sid
    assert found["number"]["capabilities"]["sms"] is True
    assert [warning["id"] for warning in found["warnings"]] == ["us-long-code", "link-private"]
    assert emulator.auth_token not in str(found)


def test_strict_makes_a_warning_a_failure(run: Run) -> None:
    assert run("check", "--to", "+4915112345678", "--strict").exit_code == 0
    assert run("check", "--to", PHONE, "--strict").exit_code == 1


def test_it_fails_where_messages_certainly_do_not_get_through(run: Run) -> None:
    result = run("check", TWILIO_FROM="Acme", TWILIO_TO=PHONE)
    assert result.exit_code == 1
    assert "REFUSED: A name cannot send to the US" in result.stdout


def test_it_takes_several_recipients_from_the_environment(run: Run) -> None:
    result = run("check", TWILIO_FROM="Acme", TWILIO_TO=f"+4915112345678,{PHONE}")
    assert f"will not reach {PHONE}." in result.stdout


def test_it_refuses_a_recipient_that_is_none(run: Run) -> None:
    result = run("check", "--to", "911")
    assert result.exit_code == 2
    assert "911 is not a valid phone number." in result.stderr


def test_wrong_credentials_end_with_1(run: Run) -> None:
    result = run("check", TWILIO_AUTH_TOKEN="0" * 32)
    assert result.exit_code == 1
    assert "Twilio did not accept the credentials." in result.stderr
    assert "20003" in result.stderr


def test_an_address_that_nobody_answers_at_ends_with_5(run: Run) -> None:
    result = run("check", TWILIO_BASE_URL="http://127.0.0.1:9")
    assert result.exit_code == 5
    assert "could not be reached" in result.stderr


def test_it_names_a_trial_account(run: Run, emulator: RunningEmulator) -> None:
    emulator.change_account(type="Trial")
    result = run("check", "--to", PHONE)
    assert result.exit_code == 0
    assert "Warning: This is a trial account" in result.stdout
    assert "“Sent from your Twilio trial account - ”" in result.stdout


@pytest.mark.parametrize(
    ("standing", "said"),
    [
        ({"status": "suspended"}, "The Twilio account is suspended"),
        ({"numbers": []}, "+14155551234 is not among this account's phone numbers"),
        ({"numbers": [f"{SENDER}:voice"]}, "cannot send text messages"),
    ],
)
def test_it_says_why_nothing_would_be_sent(
    run: Run, emulator: RunningEmulator, standing: dict[str, Any], said: str
) -> None:
    emulator.change_account(**standing)
    result = run("check", "--to", PHONE)
    assert result.exit_code == 1
    assert f"REFUSED: {said}" in result.stdout.replace(f"{SENDER} belongs to this account but ", "")


def test_an_empty_purse_is_a_warning(run: Run, emulator: RunningEmulator) -> None:
    emulator.change_account(balance=0.0)
    result = run("check", "--to", PHONE)
    assert result.exit_code == 0
    assert "no credit left" in result.stdout
