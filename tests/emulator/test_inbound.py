from __future__ import annotations

import pytest
from twilio.request_validator import RequestValidator

from sentry_twilio.emulator.inbound import twiml_messages
from sentry_twilio.emulator.testing import RunningEmulator

from .conftest import PHONE, SENDER, SERVICE, Api, Receiver


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


def test_a_reply_to_a_messaging_service_names_it(
    emulator: RunningEmulator, api: Api, receiver: Receiver
) -> None:
    emulator.set(inbound_url=receiver.url)
    api.create(From="", MessagingServiceSid=SERVICE)
    number = emulator.wait_for(to=PHONE)[0]["from"]
    emulator.reply(PHONE, number, "on it")
    emulator.reply("+14155550199", SERVICE, "on it, too")
    emulator.reply(PHONE, SENDER, "not to the service")
    forms = [post["form"] for post in receiver.wait_for(3)]
    assert [form.get("MessagingServiceSid") for form in forms] == [SERVICE, SERVICE, None]
    assert [form["To"] for form in forms] == [number, number, SENDER]


def test_a_stop_to_a_messaging_service_holds_until_a_start(
    emulator: RunningEmulator, api: Api
) -> None:
    by_service = {"From": "", "MessagingServiceSid": SERVICE}
    emulator.reply(PHONE, SERVICE, "STOP")
    assert api.create(**by_service).json()["code"] == 21610
    assert api.create().status_code == 201
    emulator.reply(PHONE, SERVICE, "START")
    assert api.create(**by_service).status_code == 201


@pytest.mark.parametrize(
    ("how", "times"), [("drop", 0), ("duplicate", 2), ("repeat", 2), ("delay", 1)]
)
def test_what_a_phone_writes_goes_astray_on_request(
    emulator: RunningEmulator, receiver: Receiver, how: str, times: int
) -> None:
    emulator.set(inbound_url=receiver.url)
    emulator.fail("callback", of="received", how=how, seconds=0.05, to=PHONE)
    emulator.reply(PHONE, SENDER, "one")
    assert len(receiver.posts) == times
    assert len({post["form"]["MessageSid"] for post in receiver.posts}) <= 1
    emulator.reply(PHONE, SENDER, "two")
    assert len(receiver.posts) == times + 1


def test_faults_of_status_callbacks_leave_replies_alone(
    emulator: RunningEmulator, receiver: Receiver
) -> None:
    emulator.set(inbound_url=receiver.url)
    emulator.fail("callback", how="drop", times=None)
    emulator.reply(PHONE, SENDER, "one")
    assert len(receiver.posts) == 1


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
