"""Every error that there is, as Twilio's own Python client understands it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from sentry_twilio.emulator.problems import DELIVERY_FAILURES, REFUSALS
from sentry_twilio.emulator.testing import RunningEmulator

from .conftest import PHONE, SENDER

LISTED = json.loads(
    (Path(__file__).parent.parent / "data" / "twilio_error_codes.json").read_text("utf-8")
)
SENDING = [row["code"] for row in LISTED if row["stage"] == "send"]
DELIVERY = [row["code"] for row in LISTED if row["stage"] == "delivery"]


def test_every_refusal_reaches_the_client(emulator: RunningEmulator, sdk: Client) -> None:
    for code in sorted({*SENDING, *REFUSALS}):
        emulator.fail("error", code=code)
        with pytest.raises(TwilioRestException) as refused:
            sdk.messages.create(to=PHONE, from_=SENDER, body="It broke.")
        status, text = REFUSALS.get(code, (400, f"Error {code}"))
        assert (refused.value.status, refused.value.code) == (status, code)
        assert text in refused.value.msg
    assert emulator.messages() == []


def test_every_failure_after_a_green_answer_reaches_the_client(
    emulator: RunningEmulator, sdk: Client
) -> None:
    emulator.set(pace=0)
    sids = {}
    for code in DELIVERY:
        emulator.fail("delivery", code=code)
        message = sdk.messages.create(to=PHONE, from_=SENDER, body="It broke.")
        assert (message.status, message.error_code) == ("queued", None)
        sids[message.sid] = code
    emulator.wait_for(len(DELIVERY), "undelivered")
    for message in sdk.messages.list(to=PHONE):
        assert message.error_code == sids[message.sid]
        assert message.error_message == DELIVERY_FAILURES.get(message.error_code)


@pytest.mark.parametrize("code", [30032, 30034])
def test_an_unregistered_sender_is_noticed_only_at_the_end(
    emulator: RunningEmulator, sdk: Client, code: int
) -> None:
    emulator.fail("delivery", code=code, times=None)
    sid = sdk.messages.create(to=PHONE, from_=SENDER, body="It broke.").sid
    emulator.wait_for(status="undelivered")
    message = sdk.messages(sid).fetch()
    assert (message.error_code, message.error_message) == (code, DELIVERY_FAILURES[code])


def test_a_server_error_without_json_is_an_error_for_the_client_too(
    emulator: RunningEmulator, sdk: Client
) -> None:
    emulator.fail("error", status=502)
    with pytest.raises((TwilioRestException, ValueError)):
        sdk.messages.create(to=PHONE, from_=SENDER, body="It broke.")


@pytest.mark.parametrize(
    ("code", "status"),
    [(20003, 401), (20404, 404), (20429, 429), (63038, 429), (20009, 409), (21610, 400)],
)
def test_codes_that_decide_before_their_status_have_twilios_status(code: int, status: int) -> None:
    assert REFUSALS.get(code, (400, ""))[0] == status
