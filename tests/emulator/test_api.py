from __future__ import annotations

import gc
import re
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import requests

from sentry_twilio.emulator.server import tls_context
from sentry_twilio.emulator.testing import RunningEmulator

from .conftest import PHONE, Api


def test_every_answer_carries_twilios_headers(api: Api) -> None:
    for answer in (api.create(), api.create(To="")):
        assert re.fullmatch("RQ[0-9a-f]{32}", answer.headers["Twilio-Request-Id"])
        assert answer.headers["Twilio-Concurrent-Requests"] == "1"
        assert float(answer.headers["Twilio-Request-Duration"]) >= 0
        assert parsedate_to_datetime(answer.headers["Date"])
        assert answer.headers["Content-Type"].startswith("application/json")


def test_json_bodies_are_not_taken(emulator: RunningEmulator, api: Api) -> None:
    answer = api.request("POST", f"{api.account}/Messages.json", json={"To": PHONE})
    assert answer.status_code == answer.json()["status"] == 415
    assert emulator.messages() == []


@pytest.mark.parametrize("credentials", [None, ("AC" + "0" * 32, "x"), ("", "")])
def test_it_asks_who_is_there(api: Api, credentials: tuple[str, str] | None) -> None:
    answer = requests.get(f"{api.base_url}{api.account}/Messages.json", auth=credentials, timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic /w==", "Bearer x"])
def test_a_broken_authorization_is_only_a_refusal(api: Api, header: str) -> None:
    answer = requests.get(
        f"{api.base_url}{api.account}.json", headers={"Authorization": header}, timeout=5
    )
    assert answer.status_code == 401


def test_unknown_paths_and_methods_are_refused_in_twilios_words(api: Api) -> None:
    unknown = api.request("GET", "/2010-04-01/Nothing.json")
    assert (unknown.status_code, unknown.json()["code"]) == (404, 20404)
    wrong = api.request("PUT", f"{api.account}/Messages.json")
    assert (wrong.status_code, wrong.json()["code"]) == (405, 20004)


def test_a_huge_request_is_refused(api: Api) -> None:
    assert api.create(Body="x" * 300_000).status_code == 413


@pytest.mark.parametrize("body", [b"Body=%ff&To=1", b"\xff\xfe", b"&a" * 500])
def test_an_unreadable_form_is_a_refusal(api: Api, body: bytes) -> None:
    answer = api.request(
        "POST",
        f"{api.account}/Messages.json",
        data=body,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 400


def test_too_many_requests_are_not_processed(emulator: RunningEmulator, api: Api) -> None:
    emulator.fail("error", code=20429, retry_after=2, times=2)
    for _ in range(2):
        answer = api.create()
        assert (answer.status_code, answer.json()["code"]) == (429, 20429)
        assert answer.headers["Retry-After"] == "2"
    assert api.create().status_code == 201
    assert len(emulator.messages()) == 1


def test_the_daily_cap_is_a_429_without_retry_after(emulator: RunningEmulator, api: Api) -> None:
    emulator.fail("error", code=63038)
    answer = api.create()
    assert (answer.status_code, answer.json()["code"]) == (429, 63038)
    assert "Retry-After" not in answer.headers


def test_any_code_can_be_refused_with(emulator: RunningEmulator, api: Api) -> None:
    emulator.fail("error", status=400, code=21999, message="Something new")
    answer = api.create()
    assert answer.json()["message"] == "Something new"
    assert (answer.status_code, answer.json()["code"]) == (400, 21999)


@pytest.mark.parametrize(("when", "accepted"), [("before", 0), ("after", 1)])
def test_a_500_comes_before_or_after_accepting(
    emulator: RunningEmulator, api: Api, when: str, accepted: int
) -> None:
    emulator.fail("error", status=500, when=when)
    answer = api.create()
    assert answer.status_code == 500
    with pytest.raises(ValueError):
        answer.json()
    assert len(emulator.messages()) == accepted


@pytest.mark.parametrize(("when", "accepted"), [("before", 0), ("after", 1)])
def test_the_connection_is_reset_before_or_after_accepting(
    emulator: RunningEmulator, api: Api, when: str, accepted: int
) -> None:
    emulator.fail("reset", when=when)
    with pytest.raises(requests.ConnectionError, match="reset"):
        api.create()
    assert len(emulator.messages()) == accepted
    assert emulator.stats()["by_status"] == {"reset": 1}


@pytest.mark.parametrize(("when", "accepted"), [("before", 0), ("after", 1)])
def test_it_hangs_before_or_after_accepting(
    emulator: RunningEmulator, api: Api, when: str, accepted: int
) -> None:
    emulator.fail("hang", seconds=0.3, when=when)
    with pytest.raises(requests.Timeout):
        api.session.post(
            f"{api.base_url}{api.account}/Messages.json",
            data={"To": PHONE, "From": "+14155551234", "Body": "x"},
            timeout=0.1,
        )
    time.sleep(0.4)
    assert len(emulator.messages()) == accepted


def test_a_fault_meets_only_what_it_names(emulator: RunningEmulator, api: Api) -> None:
    emulator.fail("error", status=500, to="+14155550199", times=None)
    emulator.fail("error", code=20429, on="list")
    assert api.create().status_code == 201
    assert api.create(To="+14155550199").status_code == 500
    assert api.request("GET", f"{api.account}/Messages.json").status_code == 429


def test_a_share_of_the_requests_fails() -> None:
    with RunningEmulator(seed=7) as emulator:
        api = Api(emulator)
        emulator.fail("error", status=500, share=0.5)
        statuses = [api.create().status_code for _ in range(60)]
        assert 15 <= statuses.count(500) <= 45
        assert statuses.count(500) + statuses.count(201) == 60


def test_it_answers_many_at_once_and_counts_them(emulator: RunningEmulator, api: Api) -> None:
    emulator.set(latency=0.2)
    api.session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=10, pool_block=True))
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: api.create(), range(20)))
    assert {answer.status_code for answer in answers} == {201}
    stats = emulator.stats()
    assert (stats["peak_concurrency"], stats["connections"]) == (10, 10)
    concurrent = [int(answer.headers["Twilio-Concurrent-Requests"]) for answer in answers]
    assert max(concurrent) == 10
    assert min(concurrent) >= 1


def test_counting_anew_does_not_lose_requests_on_their_way(
    emulator: RunningEmulator, api: Api
) -> None:
    emulator.set(latency=0.5)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(api.create)
        while emulator.stats()["active"] == 0:
            time.sleep(0.01)
        emulator.reset()
        assert emulator.stats()["active"] == 1
        assert waiting.result().headers["Twilio-Concurrent-Requests"] == "1"
    assert emulator.stats()["active"] == 0


def test_closing_does_not_wait_for_a_hanging_request(caplog: pytest.LogCaptureFixture) -> None:
    emulator = RunningEmulator()
    api = Api(emulator)
    emulator.fail("hang", seconds=60, on="list")
    with pytest.raises(requests.Timeout):
        api.session.get(f"{api.base_url}{api.account}/Messages.json", timeout=0.05)
    emulator.close()
    gc.collect()
    assert "Task was destroyed" not in caplog.text
    with pytest.raises(requests.ConnectionError):
        api.create()


def test_a_connection_by_https_is_reset_and_counted_too(certificate: Path) -> None:
    with RunningEmulator(tls=tls_context(certificate)) as emulator:
        api = Api(emulator)
        api.session.verify = str(certificate)
        api.session.trust_env = False  # or REQUESTS_CA_BUNDLE would win
        assert emulator.base_url.startswith("https://")
        assert api.create().status_code == 201
        emulator.fail("reset", when="after")
        with pytest.raises(requests.ConnectionError):
            api.create()
        assert api.create().status_code == 201
        stats = emulator.stats()
        assert (len(emulator.messages()), stats["requests"], stats["connections"]) == (3, 3, 2)
