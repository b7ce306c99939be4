"""A test that ends in the middle of something leaves nothing behind, and says nothing."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from sentry_twilio.emulator.testing import RunningEmulator

from .conftest import PHONE, SENDER, Receiver


def post(emulator: RunningEmulator, callback: str = "") -> None:
    form = {"To": PHONE, "From": SENDER, "Body": "It broke.", "StatusCallback": callback}
    try:
        requests.post(
            f"{emulator.base_url}/2010-04-01/Accounts/{emulator.account_sid}/Messages.json",
            data={name: value for name, value in form.items() if value},
            auth=(emulator.account_sid, emulator.auth_token),
            timeout=30,
        )
    except requests.RequestException:
        return  # it was closed before it answered


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("fault", ["hang before", "hang after", "latency"])
def test_requests_that_hang_end_with_it(fault: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        close_while_requests_hang(fault)
        gc.collect()  # which is when a task that was left complains
    assert caplog.text == ""


def close_while_requests_hang(fault: str) -> None:
    emulator = RunningEmulator()
    if fault == "latency":
        emulator.set(latency=60)
    else:
        emulator.fail("hang", seconds=60, when=fault.removeprefix("hang "), times=None)
    with ThreadPoolExecutor(8) as pool:
        requested = [pool.submit(post, emulator) for _ in range(8)]
        until(lambda: emulator.stats()["active"] == 8)
        emulator.close()
        for request in requested:
            request.result(timeout=30)


def test_callbacks_on_their_way_end_with_it(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        close_while_callbacks_wait(receiver)
        gc.collect()
    assert caplog.text == ""


def close_while_callbacks_wait(receiver: Receiver) -> None:
    emulator = RunningEmulator(pace=0.001)
    emulator.fail("callback", how="delay", seconds=60, share=0.5)
    for _ in range(10):
        post(emulator, receiver.url)
    receiver.wait_for(1)
    emulator.close()


def test_a_reply_whose_webhook_never_answers_ends_with_it(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    emulator = RunningEmulator()
    emulator.set(inbound_url=receiver.url)
    emulator.fail("callback", of="received", how="delay", seconds=60)
    reply = {"from": PHONE, "to": SENDER, "body": "on it"}
    with caplog.at_level(logging.WARNING), ThreadPoolExecutor(1) as pool:
        url = f"{emulator.base_url}/phone/reply"
        answered = pool.submit(requests.post, url, json=reply, timeout=30)
        until(lambda: len(emulator.messages()) == 1)
        emulator.close()
        answered.exception(timeout=30)
    assert receiver.posts == []
    assert caplog.text == ""


def test_closing_twice_is_fine() -> None:
    emulator = RunningEmulator()
    emulator.close()
    emulator.close()
