from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
import responses

from sentry_twilio.core import ApiConnectionError, ApiUnauthorized
from sentry_twilio.twilio import check
from sentry_twilio.twilio.client import TwilioApiClient

SID = "AC" + "a" * 32
ACCOUNT = f"https://api.twilio.com/2010-04-01/Accounts/{SID}"
SENDER = "+14155552671"
OPTIONS = {"account_sid": SID, "auth_token": "t" * 32, "sms_from": SENDER, "sms_to": "+14155550100"}
KEYED = OPTIONS | {"api_key": "SK" + "b" * 32, "api_secret": "s"}
DENIED = {"code": 20003, "message": "Authenticate", "status": 401}
FORBIDDEN = {"code": 20006, "message": "Access denied", "status": 403}


@pytest.fixture
def twilio() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(f"{ACCOUNT}.json", json={"sid": SID, "status": "active", "type": "Full"})
        mock.get(f"{ACCOUNT}/Balance.json", json={"balance": "5.00", "currency": "USD"})
        mock.get(
            f"{ACCOUNT}/IncomingPhoneNumbers.json",
            json={
                "incoming_phone_numbers": [
                    {"phone_number": SENDER, "capabilities": {"sms": True, "voice": False}}
                ]
            },
        )
        mock.get(f"{ACCOUNT}/Messages.json", json={"messages": []})
        yield mock


def run(options: dict[str, str] = OPTIONS) -> check.Report:
    client = TwilioApiClient(
        SID,
        options.get("auth_token", ""),
        api_key=options.get("api_key", ""),
        api_secret=options.get("api_secret", ""),
    )
    with client:
        return check.run(client, options, "https://alerts.example.com")


def test_it_gathers_what_twilio_knows_and_sends_nothing(twilio: responses.RequestsMock) -> None:
    report = run()
    assert report.account == {"sid": SID, "status": "active", "type": "Full"}
    assert report.balance == {"balance": "5.00", "currency": "USD"}
    assert report.number is not None
    assert report.number["phone_number"] == SENDER
    assert [warning.id for warning in report.warnings] == ["us-long-code"]
    assert report.is_good
    assert report.notes == ()
    assert {call.request.method for call in twilio.calls} == {"GET"}


def test_it_is_not_good_where_the_sender_belongs_to_somebody_else(
    twilio: responses.RequestsMock,
) -> None:
    twilio.replace(
        "GET", f"{ACCOUNT}/IncomingPhoneNumbers.json", json={"incoming_phone_numbers": []}
    )
    report = run()
    assert report.number == {}
    assert not report.is_good


@pytest.mark.parametrize("change", [{"sms_from": "Acme"}, {"sms_from": "12345"}])
def test_it_asks_for_no_number_where_the_sender_is_none(
    twilio: responses.RequestsMock, change: dict[str, str]
) -> None:
    assert run(OPTIONS | change).number is None
    assert not any("IncomingPhoneNumbers" in str(call.request.url) for call in twilio.calls)


def test_it_leaves_a_subaccounts_missing_balance_unmentioned(
    twilio: responses.RequestsMock,
) -> None:
    twilio.replace("GET", f"{ACCOUNT}/Balance.json", status=404, json={"code": 20404})
    report = run()
    assert report.balance is None
    assert report.notes == ()


def test_a_wrong_token_is_the_answer(twilio: responses.RequestsMock) -> None:
    twilio.replace("GET", f"{ACCOUNT}.json", status=401, json=DENIED)
    with pytest.raises(ApiUnauthorized):
        run()
    assert len(twilio.calls) == 1


def test_a_key_that_may_not_read_the_account_is_still_good(
    twilio: responses.RequestsMock,
) -> None:
    twilio.replace("GET", f"{ACCOUNT}.json", status=401, json=DENIED)
    report = run(KEYED)
    assert report.account is None
    assert report.is_good
    assert "may not read the account" in report.notes[0]


def test_a_wrong_key_is_not(twilio: responses.RequestsMock) -> None:
    twilio.replace("GET", f"{ACCOUNT}.json", status=401, json=DENIED)
    twilio.replace("GET", f"{ACCOUNT}/Messages.json", status=401, json=DENIED)
    with pytest.raises(ApiUnauthorized):
        run(KEYED)


def test_it_says_what_a_restricted_key_kept_from_it(twilio: responses.RequestsMock) -> None:
    for path in (".json", "/Messages.json", "/Balance.json", "/IncomingPhoneNumbers.json"):
        twilio.replace("GET", f"{ACCOUNT}{path}", status=403, json=FORBIDDEN)
    report = run(KEYED)
    assert (report.account, report.balance, report.number) == (None, None, None)
    assert "only a message can tell" in report.notes[0]
    assert "whether the account owns the sender is not known" in report.notes[1]


def test_a_broken_connection_is_no_finding(twilio: responses.RequestsMock) -> None:
    twilio.replace("GET", f"{ACCOUNT}/Balance.json", body=requests.ConnectionError("gone"))
    with pytest.raises(ApiConnectionError):
        run()
