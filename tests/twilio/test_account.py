from urllib.parse import parse_qsl

import pytest
import responses

from sentry_twilio import TwilioApiClient
from sentry_twilio.core import ApiForbidden, ApiNotFound, ApiUnauthorized

ACCOUNT = "AC" + "a" * 32
HERE = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}"
NUMBERS = f"{HERE}/IncomingPhoneNumbers.json"
SECRET = "5" * 32


@pytest.fixture
def twilio():
    with responses.RequestsMock() as mock:
        yield mock


def client():
    return TwilioApiClient(ACCOUNT, "b" * 32)


def owned(number, **changes):
    return {"phone_number": number, "capabilities": {"sms": True}, **changes}


def test_an_account_is_shown_without_its_token(twilio):
    twilio.get(f"{HERE}.json", json={"sid": ACCOUNT, "type": "Trial", "auth_token": SECRET})
    assert client().get_account() == {"sid": ACCOUNT, "type": "Trial"}


@pytest.mark.parametrize(("status", "error"), [(401, ApiUnauthorized), (403, ApiForbidden)])
def test_an_account_that_may_not_be_seen_is_an_error_without_its_token(twilio, status, error):
    twilio.get(f"{HERE}.json", status=status, json={"code": 20003, "auth_token": SECRET})
    with pytest.raises(error) as caught:
        client().get_account()
    assert SECRET not in f"{caught.value!s}{caught.value!r}"


def test_a_balance_is_what_twilio_says(twilio):
    balance = {"account_sid": ACCOUNT, "balance": "12.34", "currency": "USD"}
    twilio.get(f"{HERE}/Balance.json", json=balance)
    assert client().get_balance() == balance


def test_a_subaccount_has_no_balance(twilio):
    twilio.get(f"{HERE}/Balance.json", status=404, json={"code": 20404})
    with pytest.raises(ApiNotFound):
        client().get_balance()


def test_a_number_of_the_account_is_found(twilio):
    number = owned("+13305093095")
    twilio.get(NUMBERS, json={"incoming_phone_numbers": [owned("+133050930951"), number]})
    assert client().find_number("+13305093095") == number
    query = dict(parse_qsl(twilio.calls[0].request.url.partition("?")[2]))
    assert query["PhoneNumber"] == "+13305093095"


def test_a_number_like_it_is_another_one(twilio):
    twilio.get(NUMBERS, json={"incoming_phone_numbers": [owned("+133050930951")]})
    assert client().find_number("+13305093095") is None


def test_a_number_may_be_on_a_later_page(twilio):
    following = f"/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers.json?Page=1"
    twilio.get(NUMBERS, json={"incoming_phone_numbers": [], "next_page_uri": following})
    twilio.get(NUMBERS, json={"incoming_phone_numbers": [owned("+13305093095")]})
    assert client().find_number("+13305093095") == owned("+13305093095")
