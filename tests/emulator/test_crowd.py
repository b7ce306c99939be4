from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import requests

from sentry_twilio.emulator.testing import RunningEmulator

from .conftest import Api


def create(api: Api) -> requests.Response:
    return requests.post(
        f"{api.base_url}{api.account}/Messages.json",
        data={"To": "+14155550100", "From": "+14155551234", "Body": "It broke."},
        auth=api.session.auth,
        timeout=30,
    )


def test_more_requests_at_a_time_than_allowed_are_refused_and_not_processed(
    emulator: RunningEmulator, api: Api
) -> None:
    emulator.set(concurrency=2, retry_after=3, latency=1)
    together = threading.Barrier(8)

    def at_once() -> requests.Response:
        together.wait(timeout=30)
        return create(api)

    with ThreadPoolExecutor(8) as pool:
        answers = [future.result() for future in [pool.submit(at_once) for _ in range(8)]]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    for answer in refused:
        assert answer.json()["code"] == 20429
        assert answer.headers["Retry-After"] == "3"
    assert len(emulator.messages()) == 8 - len(refused)


def test_a_request_that_hangs_takes_up_room_until_it_ends(
    emulator: RunningEmulator, api: Api
) -> None:
    emulator.set(concurrency=1)
    emulator.fail("hang", seconds=30, when="after")
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(create, api)
        emulator.wait_for(1)
        assert api.create().status_code == 429
        emulator.close()
        hanging.exception(timeout=30)


def test_room_is_given_back(emulator: RunningEmulator, api: Api) -> None:
    emulator.set(concurrency=1)
    emulator.fail("reset")
    emulator.fail("error", status=500)
    try:
        api.create()
    except requests.ConnectionError:
        assert api.create().status_code == 500
    assert [api.create().status_code for _ in range(3)] == [201, 201, 201]


def test_wrong_credentials_are_told_before_the_limit(emulator: RunningEmulator, api: Api) -> None:
    emulator.set(concurrency=1, latency=0.01)
    api.session.auth = (emulator.account_sid, "0" * 32)
    assert api.create().status_code == 401
