from __future__ import annotations

import pytest

from sentry_twilio.emulator.testing import RunningEmulator

from .conftest import SERVICE, Api


def statuses(emulator: RunningEmulator) -> list[str]:
    return [step["status"] for step in emulator.messages()[0]["history"]]


def test_a_message_is_queued_sent_and_delivered(emulator: RunningEmulator, api: Api) -> None:
    api.create()
    emulator.wait_for()
    assert statuses(emulator) == ["queued", "sending", "sent", "delivered"]


def test_a_messaging_service_accepts_first(emulator: RunningEmulator, api: Api) -> None:
    api.create(From="", MessagingServiceSid=SERVICE)
    emulator.wait_for()
    assert statuses(emulator) == ["accepted", "queued", "sending", "sent", "delivered"]


@pytest.mark.parametrize(
    ("status", "code", "history"),
    [
        ("undelivered", 30003, ["queued", "sending", "sent", "undelivered"]),
        ("undelivered", 30034, ["queued", "sending", "sent", "undelivered"]),
        ("failed", 30001, ["queued", "sending", "failed"]),
    ],
)
def test_a_delivery_fails_on_request(
    emulator: RunningEmulator, api: Api, status: str, code: int, history: list[str]
) -> None:
    emulator.fail("delivery", status=status, code=code)
    api.create()
    message = emulator.wait_for(status=status)[0]
    assert message["error_code"] == code
    assert message["error_message"]
    assert statuses(emulator) == history
    fetched = api.request("GET", f"{api.account}/Messages/{message['sid']}.json").json()
    assert (fetched["status"], fetched["error_code"]) == (status, code)


def test_a_message_can_stay_unconfirmed(emulator: RunningEmulator, api: Api) -> None:
    emulator.fail("delivery", status="sent")
    api.create()
    api.create(To="+14155550199")
    emulator.wait_for(to="+14155550199")
    assert statuses(emulator) == ["queued", "sending", "sent"]


def test_a_message_older_than_its_validity_is_not_sent(emulator: RunningEmulator, api: Api) -> None:
    emulator.set(pace=0.6)
    api.create(ValidityPeriod="1")
    assert emulator.wait_for(status="failed")[0]["error_code"] == 30036


def test_only_the_newest_messages_are_kept() -> None:
    with RunningEmulator(keep=3) as emulator:
        api = Api(emulator)
        sids = [api.create(Body=str(n)).json()["sid"] for n in range(5)]
        assert [message["sid"] for message in emulator.messages()] == sids[2:]
        listed = api.request("GET", f"{api.account}/Messages.json").json()["messages"]
        assert [message["sid"] for message in listed] == sids[:1:-1]
