from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from twilio.request_validator import RequestValidator

from sentry_twilio.emulator.testing import RunningEmulator

from .conftest import PHONE, SENDER, Api, Receiver

JSON = {"Content-Type": "application/json"}


def test_it_shows_every_message_with_its_callbacks(emulator: RunningEmulator, api: Api) -> None:
    api.create(Body="Füße")
    api.create(To="+14155550199", Body="Привет")
    emulator.wait_for(2)
    shown = api.request("GET", "/emulator/messages").json()["messages"]
    assert [(m["to"], m["body"], m["encoding"]) for m in shown] == [
        (PHONE, "Füße", "GSM-7"),
        ("+14155550199", "Привет", "UCS-2"),
    ]
    assert shown[0]["callbacks"] == []
    only = api.request("GET", "/emulator/messages", params={"to": PHONE}).json()["messages"]
    assert [m["to"] for m in only] == [PHONE]


def test_it_counts_requests_to_the_api_only(api: Api) -> None:
    api.create()
    api.create(To="")
    api.request("GET", f"{api.account}.json")
    requests.get(f"{api.base_url}/emulator/messages", timeout=5)
    stats = api.request("GET", "/emulator/stats").json()
    assert stats == {
        "requests": 3,
        "connections": 1,
        "active": 0,
        "peak_concurrency": 1,
        "by_kind": {"create": 2, "account": 1},
        "by_status": {"201": 1, "400": 1, "200": 1},
        "messages": 1,
    }


def test_a_reset_forgets_messages_and_counts(emulator: RunningEmulator, api: Api) -> None:
    api.create()
    emulator.reply(PHONE, SENDER, "STOP")
    assert api.request("DELETE", "/emulator/messages").status_code == 204
    assert emulator.messages() == []
    assert emulator.stats()["requests"] == 0
    assert api.create().status_code == 201


def test_faults_are_listed_and_removed(api: Api) -> None:
    fault = {"effect": "error", "code": 20429, "times": 5}
    added = api.request("POST", "/emulator/faults", json=[fault, {"effect": "reset"}])
    assert added.status_code == 201
    assert api.create().status_code == 429
    shown = api.request("GET", "/emulator/faults").json()["faults"]
    assert [(f["effect"], f["times"], f["struck"]) for f in shown] == [
        ("error", 4, 1),
        ("reset", 1, 0),
    ]
    assert api.request("DELETE", "/emulator/faults").status_code == 204
    assert api.request("GET", "/emulator/faults").json() == {"faults": []}
    assert api.create().status_code == 201


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({}, "effect is one of"),
        ({"effect": "explode"}, "effect is one of"),
        ({"effect": ["error"]}, "effect is one of"),
        ({"effect": "hang", "status": 500}, "status is not known here"),
        ({"effect": "hang", "seconds": "5"}, "seconds is float"),
        ({"effect": "reset", "when": "never"}, "when is one of before, after"),
        ({"effect": "reset", "share": 2}, "share is between 0 and 1"),
        ({"effect": "reset", "times": -1}, "times is between 0 and"),
        ({"effect": "reset", "times": True}, "times is int or null"),
        ({"effect": "reset", "id": 4}, "id is not known here"),
        ({"effect": "hang", "seconds": -1}, "seconds is between 0 and"),
        ({"effect": "hang", "seconds": float("nan")}, "seconds is between 0 and"),
        ({"effect": "hang", "seconds": 10**400}, "seconds is between 0 and"),
        ({"effect": "error", "status": 99}, "status is between 400 and 599"),
        ("reset", "A fault is a JSON object"),
    ],
)
def test_a_wrong_fault_is_refused_with_the_reason(api: Api, fault: Any, reason: str) -> None:
    # The good one before it is not in force either.
    answer = api.request(
        "POST", "/emulator/faults", data=json.dumps([{"effect": "reset"}, fault]), headers=JSON
    )
    assert answer.status_code == 400
    assert reason in answer.json()["detail"]
    assert api.request("GET", "/emulator/faults").json() == {"faults": []}


def test_a_foreign_web_page_cannot_post_faults(api: Api) -> None:
    answer = api.request(
        "POST",
        "/emulator/faults",
        data='{"effect": "reset"}',
        headers={"Content-Type": "text/plain"},
    )
    assert answer.status_code == 415


def test_a_foreign_name_opens_only_the_api(api: Api) -> None:
    foreign = {"Host": "evil.example.com"}
    assert api.request("GET", "/emulator/messages", headers=foreign).status_code == 403
    assert api.request("GET", f"{api.account}.json", headers=foreign).status_code == 200


def test_settings_change_while_it_runs(emulator: RunningEmulator, api: Api) -> None:
    answer = api.request("POST", "/emulator/settings", json={"latency": 0.2, "pace": 0})
    assert answer.json() == {
        "latency": 0.2,
        "pace": 0.0,
        "inbound_url": "",
        "concurrency": 0,
        "retry_after": 1.0,
    }
    assert api.create().elapsed.total_seconds() >= 0.2
    refused = api.request("POST", "/emulator/settings", json={"latency": -1})
    assert refused.status_code == 400
    assert api.request("GET", "/emulator/settings").json()["latency"] == 0.2


@pytest.mark.parametrize("body", ["", "{", "[" * 100_000, "\udcff"])
def test_broken_json_is_a_plain_refusal(api: Api, body: str) -> None:
    answer = api.request(
        "POST",
        "/emulator/settings",
        data=body.encode("utf-8", "surrogateescape"),
        headers=JSON,
    )
    assert answer.status_code == 400


def test_opt_outs_are_set_and_shown(api: Api) -> None:
    pair = {"from": SENDER, "to": PHONE}
    answer = api.request("POST", "/emulator/optouts", json=pair | {"word": "STOP"})
    assert answer.json() == {"optouts": [pair]}
    assert api.create().json()["code"] == 21610
    api.request("POST", "/emulator/optouts", json=pair | {"word": "unstop"})
    assert api.create().status_code == 201


def test_an_accounts_standing_changes_while_it_runs(api: Api) -> None:
    before = api.request("GET", "/emulator/account").json()
    assert (before["type"], before["status"], before["other_senders"]) == ("Full", "active", True)
    answer = api.request("POST", "/emulator/account", json={"type": "Trial", "verified": [PHONE]})
    assert answer.json() == before | {"type": "Trial", "verified": [PHONE]}
    assert api.request("GET", f"{api.account}.json").json()["type"] == "Trial"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"type": "Free"}, "type is one of Full, Trial"),
        ({"numbers": "+15005550006"}, "numbers is a list of texts"),
        ({"numbers": ["+15005550006:fax"]}, "+15005550006:fax is not a number"),
        ({"verified": [1]}, "verified is a list of texts"),
        ({"balance": 1e9}, "balance is between"),
        ({"name": "x"}, "name is not known here"),
        ([], "a JSON object"),
    ],
)
def test_a_wrong_standing_is_refused_with_the_reason(api: Api, changes: Any, reason: str) -> None:
    before = api.request("GET", "/emulator/account").json()
    answer = api.request("POST", "/emulator/account", json=changes)
    assert answer.status_code == 400
    assert reason in answer.json()["detail"]
    assert api.request("GET", "/emulator/account").json() == before


def test_an_auth_token_is_replaced_while_it_runs(emulator: RunningEmulator, api: Api) -> None:
    new = "a" * 32
    assert api.create().status_code == 201
    answer = api.request("POST", "/emulator/token", json={"auth_token": new})
    assert answer.status_code == 204
    assert api.create().json()["code"] == 20003
    api.session.auth = (emulator.account_sid, new)
    assert api.create().status_code == 201
    assert api.request("GET", f"{api.account}.json").json()["auth_token"] == new


def test_what_is_posted_is_signed_with_the_new_token(
    emulator: RunningEmulator, api: Api, receiver: Receiver
) -> None:
    emulator.change_token("a" * 32)
    api.session.auth = (emulator.account_sid, emulator.auth_token)
    api.create(StatusCallback=receiver.url)
    post = receiver.wait_for(1)[0]
    signature = post["headers"]["X-Twilio-Signature"]
    assert RequestValidator("a" * 32).validate(receiver.url, post["form"], signature)


@pytest.mark.parametrize("data", [{}, [], {"auth_token": "short"}, {"auth_token": 5}])
def test_a_token_that_is_none_is_refused(api: Api, data: Any) -> None:
    answer = api.request("POST", "/emulator/token", json=data)
    assert answer.status_code == 400
    assert "32 of the characters" in answer.json()["detail"]
    assert api.create().status_code == 201
