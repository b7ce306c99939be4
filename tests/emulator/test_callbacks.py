from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pytest
from twilio.request_validator import RequestValidator

from sentry_twilio.emulator.callbacks import retry_rule
from sentry_twilio.emulator.testing import RunningEmulator

from .conftest import PHONE, SENDER, SERVICE, Api, Receiver


def test_each_later_status_is_reported_in_order(api: Api, receiver: Receiver) -> None:
    sid = api.create(StatusCallback=receiver.url).json()["sid"]
    posts = receiver.wait_for(3)
    assert receiver.statuses() == ["sending", "sent", "delivered"]
    form = posts[-1]["form"]
    assert form["MessageSid"] == form["SmsSid"] == sid
    assert form["SmsStatus"] == "delivered"
    assert (form["To"], form["From"], form["ApiVersion"]) == (PHONE, SENDER, "2010-04-01")
    assert "ErrorCode" not in form


def test_a_callback_is_signed_over_its_exact_url(
    emulator: RunningEmulator, api: Api, receiver: Receiver
) -> None:
    path = "/hooks/status/?attempt=a%2Fb&empty=&plus=a+b"
    api.create(StatusCallback=f"{receiver.url}{path}#rc=0")
    post = receiver.wait_for(1)[0]
    assert post["path"] == path
    assert post["headers"]["User-Agent"] == "TwilioProxy/1.1"
    assert post["headers"]["I-Twilio-Idempotency-Token"]
    assert post["headers"]["Content-Type"].startswith("application/x-www-form-urlencoded")
    validator = RequestValidator(emulator.auth_token)
    signature = post["headers"]["X-Twilio-Signature"]
    assert validator.validate(receiver.url + path, post["form"], signature)
    assert not validator.validate(receiver.url + path, post["form"] | {"To": "x"}, signature)


def test_a_failure_is_reported_with_its_code(
    emulator: RunningEmulator, api: Api, receiver: Receiver
) -> None:
    emulator.fail("delivery", status="undelivered", code=30005)
    api.create(StatusCallback=receiver.url, From="", MessagingServiceSid=SERVICE)
    form = receiver.wait_for(4)[-1]["form"]
    assert (form["MessageStatus"], form["ErrorCode"]) == ("undelivered", "30005")
    assert form["MessagingServiceSid"] == SERVICE


def answers(emulator: RunningEmulator) -> list[list[int | str]]:
    return [callback["answers"] for callback in emulator.messages()[0]["callbacks"]]


def test_a_failure_to_connect_is_tried_once_more(emulator: RunningEmulator, api: Api) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    api.create(StatusCallback=f"http://127.0.0.1:{port}/")
    emulator.wait_for()
    _until(lambda: answers(emulator) == [["no connection", "no connection"]] * 3)


def test_an_error_answer_is_not_tried_again(
    emulator: RunningEmulator, api: Api, receiver: Receiver
) -> None:
    receiver.status = 500
    api.create(StatusCallback=receiver.url)
    receiver.wait_for(3)
    _until(lambda: answers(emulator) == [[500], [500], [500]])
    assert len(receiver.posts) == 3


def test_the_fragment_asks_for_more_tries(
    emulator: RunningEmulator, api: Api, receiver: Receiver
) -> None:
    receiver.status = 503
    api.create(StatusCallback=f"{receiver.url}/#rc=2&rp=all")
    receiver.wait_for(9)
    _until(lambda: answers(emulator) == [[503, 503, 503]] * 3)


@pytest.mark.parametrize(
    ("fragment", "rule"),
    [
        ("", (1, ["ct"])),
        ("#rc=5&rp=all", (5, ["all"])),
        ("#rc=99", (5, ["ct"])),
        ("#rc=x&rp=nonsense", (1, ["ct"])),
        ("#rp=4xx,5xx", (1, ["4xx", "5xx"])),
    ],
)
def test_the_fragment_is_read_leniently(fragment: str, rule: tuple[int, list[str]]) -> None:
    assert retry_rule(f"https://example.com/{fragment}") == rule


@pytest.mark.parametrize(
    ("fault", "statuses"),
    [
        ({"how": "drop", "of": "sent"}, ["sending", "delivered"]),
        ({"how": "duplicate", "of": "sent"}, ["sending", "sent", "sent", "delivered"]),
        (
            {"how": "repeat", "of": "sent", "seconds": 1.0},
            ["sending", "sent", "delivered", "sent"],
        ),
        ({"how": "reorder", "of": "sent"}, ["sending", "delivered", "sent"]),
        ({"how": "delay", "of": "sending", "seconds": 0.3}, ["sent", "delivered", "sending"]),
        ({"how": "reorder", "of": "delivered", "seconds": 0.1}, ["sending", "sent", "delivered"]),
    ],
)
def test_callbacks_go_astray_on_request(
    emulator: RunningEmulator,
    api: Api,
    receiver: Receiver,
    fault: dict[str, object],
    statuses: list[str],
) -> None:
    emulator.fail("callback", **fault)
    api.create(StatusCallback=receiver.url)
    emulator.wait_for()
    receiver.wait_for(len(statuses))
    assert receiver.statuses() == statuses


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
