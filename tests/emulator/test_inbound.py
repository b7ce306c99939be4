from __future__ import annotations

import pytest
from twilio.request_validator import RequestValidator

from sentry_twilio.emulator.inbound import twiml_messages
from sentry_twilio.emulator.testing import RunningEmulator

from .conftest import PHONE, SENDER, Receiver


def test_a_reply_reaches_the_webhook_signed(emulator: RunningEmulator, receiver: Receiver) -> None:
    receiver.status = 200
    receiver.text = "<Response><Message>Got it.</Message></Response>"
    emulator.set(inbound_url=f"{receiver.url}/hooks/inbound/")
    emulator.reply(PHONE, SENDER, "on it")
    post = receiver.wait_for(1)[0]
    form = post["form"]
    assert (form["From"], form["To"], form["Body"]) == (PHONE, SENDER, "on it")
    assert form["SmsStatus"] == "received"
    assert "OptOutType" not in form
    assert RequestValidator(emulator.auth_token).validate(
        f"{receiver.url}/hooks/inbound/", form, post["headers"]["X-Twilio-Signature"]
    )
    answer = emulator.wait_for(to=PHONE)[0]
    assert (answer["body"], answer["direction"]) == ("Got it.", "outbound-reply")


def test_stop_is_answered_and_reported(emulator: RunningEmulator, receiver: Receiver) -> None:
    emulator.set(inbound_url=receiver.url)
    emulator.reply(PHONE, SENDER, "Stop")
    assert receiver.wait_for(1)[0]["form"]["OptOutType"] == "STOP"
    assert "unsubscribed" in emulator.wait_for(to=PHONE)[0]["body"]


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("<Response/>", []),
        (
            "<Response><Message>one</Message><Message><Body> two </Body></Message></Response>",
            ["one", "two"],
        ),
        ("<Other><Message>x</Message></Other>", []),
        ("plain text", []),
        ("", []),
        ('<!DOCTYPE r [<!ENTITY a "b">]><Response><Message>&a;</Message></Response>', []),
    ],
)
def test_only_twiml_is_answered_with(text: str, messages: list[str]) -> None:
    assert twiml_messages(text) == messages
