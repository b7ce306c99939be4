"""What Twilio's own Python client learns about an account."""

from __future__ import annotations

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from sentry_twilio.emulator.testing import RunningEmulator

from .conftest import SENDER


def test_it_tells_the_balance(emulator: RunningEmulator, sdk: Client) -> None:
    emulator.change_account(balance=3.5)
    balance = sdk.balance.fetch()
    assert (balance.balance, balance.currency) == ("3.50", "USD")
    assert balance.account_sid == emulator.account_sid


def test_it_lists_the_numbers_with_what_they_can_do(sdk: Client) -> None:
    numbers = sdk.incoming_phone_numbers.list()
    can_text = {number.phone_number: number.capabilities["sms"] for number in numbers}
    assert can_text == {
        "+15005550006": True,
        SENDER: True,
        "+18885550123": True,
        "+14155550000": False,
    }


def test_it_finds_a_number_by_itself_or_a_part_of_it(sdk: Client) -> None:
    found = sdk.incoming_phone_numbers.list(phone_number=SENDER)
    assert [number.phone_number for number in found] == [SENDER]
    assert sdk.incoming_phone_numbers(found[0].sid).fetch().phone_number == SENDER
    assert len(sdk.incoming_phone_numbers.list(phone_number="+1415")) == 2
    assert sdk.incoming_phone_numbers.list(phone_number="+14155559999") == []


def test_numbers_come_in_pages(emulator: RunningEmulator, sdk: Client) -> None:
    owned = [f"+1415555{n:04d}" for n in range(5)]
    emulator.change_account(numbers=owned)
    listed = sdk.incoming_phone_numbers.list(page_size=2)
    assert [number.phone_number for number in listed] == owned
    assert emulator.stats()["by_kind"] == {"numbers": 3}


def test_a_number_of_somebody_else_is_not_found(sdk: Client) -> None:
    with pytest.raises(TwilioRestException) as missing:
        sdk.incoming_phone_numbers("PN" + "0" * 32).fetch()
    assert (missing.value.status, missing.value.code) == (404, 20404)
