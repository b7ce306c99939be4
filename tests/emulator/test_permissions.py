"""What Twilio's own Python client meets where an account may not do everything."""

from __future__ import annotations

from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from sentry_twilio import TwilioApiClient
from sentry_twilio.core import Message, Refused
from sentry_twilio.emulator.testing import RunningEmulator
from sentry_twilio.twilio.sender import TwilioSender

from .conftest import PHONE, SENDER, SERVICE

STRANGER = "+14155550199"


def refusal(sdk: Client, **changes: Any) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as refused:
        sdk.messages.create(**{"to": PHONE, "from_": SENDER, "body": "It broke."} | changes)
    return refused.value.status, refused.value.code


def test_a_trial_account_sends_to_verified_numbers_only(
    emulator: RunningEmulator, sdk: Client
) -> None:
    emulator.change_account(type="Trial", verified=[PHONE])
    assert refusal(sdk, to=STRANGER) == (403, 21608)
    assert sdk.messages.create(to=PHONE, from_=SENDER, body="It broke.").status == "queued"
    emulator.change_account(type="Full")
    assert sdk.messages.create(to=STRANGER, from_=SENDER, body="It broke.").status == "queued"


@pytest.mark.parametrize("sender", [{"from_": SENDER}, {"messaging_service_sid": SERVICE}])
def test_a_trial_accounts_prefix_is_in_the_body_and_in_the_segments(
    emulator: RunningEmulator, sdk: Client, sender: dict[str, str]
) -> None:
    emulator.change_account(type="Trial", verified=[PHONE])
    text = "x" * 140
    sid = sdk.messages.create(to=PHONE, body=text, **sender).sid
    emulator.wait_for()
    message = sdk.messages(sid).fetch()
    assert message.body == f"Sent from your Twilio trial account - {text}"
    assert message.num_segments == "2"


def test_a_suspended_account_reads_but_does_not_send(
    emulator: RunningEmulator, sdk: Client
) -> None:
    emulator.change_account(status="suspended")
    assert refusal(sdk) == (403, 20005)
    assert sdk.api.accounts(emulator.account_sid).fetch().status == "suspended"


def test_a_number_without_sms_cannot_send(sdk: Client) -> None:
    assert refusal(sdk, from_="+14155550000") == (400, 21661)


def test_other_numbers_may_be_kept_from_sending(emulator: RunningEmulator, sdk: Client) -> None:
    emulator.change_account(numbers=[SENDER], other_senders=False)
    assert refusal(sdk, from_="+14155559999") == (400, 21659)
    for sender in (SENDER, "12345", "ALERTS"):
        assert sdk.messages.create(to=PHONE, from_=sender, body="It broke.").from_ == sender


def sender_of(emulator: RunningEmulator) -> TwilioSender:
    return TwilioSender(
        TwilioApiClient(
            emulator.account_sid, emulator.auth_token, SENDER, PHONE, base_url=emulator.base_url
        )
    )


def test_a_check_tells_a_good_account_from_one_that_sends_nothing(
    emulator: RunningEmulator,
) -> None:
    sender = sender_of(emulator)
    try:
        assert sender.check() is None
        assert emulator.messages() == []
        emulator.change_account(status="suspended")
        assert "suspended" in str(sender.check())
        refused = sender.send(Message(PHONE, "It broke."))
        assert isinstance(refused, Refused)
        assert (refused.code, refused.halts) == (20005, True)
        emulator.change_account(status="active")
        assert sender.check() is None
        emulator.change_token("a" * 32)
        wrong = sender.check()
        assert wrong is not None
        assert (wrong.code, wrong.halts) == (20003, True)
    finally:
        sender.close()


def test_a_suspended_account_is_told_so_whatever_it_asks_for(
    emulator: RunningEmulator, sdk: Client
) -> None:
    emulator.change_account(status="suspended")
    assert refusal(sdk, to="nobody") == (403, 20005)
