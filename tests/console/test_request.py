from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sentry_twilio.emulator.testing import RunningEmulator
from tests.console.conftest import PHONE, SENDER, Run

ACCOUNT = "/Accounts/{AccountSid}.json"
MESSAGES = "/Accounts/{AccountSid}/Messages.json"
CREATE = ("--form", f"To={PHONE}", "--form", f"From={SENDER}", "--form", "Body=a=b")


def test_it_shows_the_answer_without_tokens(run: Run, emulator: RunningEmulator) -> None:
    result = run("request", "get", ACCOUNT)
    assert result.exit_code == 0
    assert emulator.account_sid in result.stdout
    assert "(not shown)" in result.stdout
    assert emulator.auth_token not in result.output


def test_it_prints_json(read: Callable[..., Any], emulator: RunningEmulator) -> None:
    found = read("request", "GET", ACCOUNT)
    assert found["status"] == "active"
    assert emulator.auth_token not in str(found)


def test_it_posts_a_form(read: Callable[..., Any], emulator: RunningEmulator) -> None:
    created = read("request", "POST", MESSAGES, *CREATE)
    assert emulator.messages()[0]["sid"] == created["sid"]
    assert created["body"] == "a=b"


def test_it_shows_each_resource_of_a_list(run: Run) -> None:
    for _ in range(2):
        run("request", "POST", MESSAGES, *CREATE)
    result = run("request", "GET", MESSAGES, "--query", "PageSize=10")
    assert len(result.stdout.split("\n\n")) == 2
    assert result.stdout.count("\nsid ") == 2


def test_it_saves_the_answer(run: Run, emulator: RunningEmulator, tmp_path: Path) -> None:
    file = tmp_path / "answer.json"
    assert run("request", "GET", ACCOUNT, "-o", str(file)).stdout == ""
    assert json.loads(file.read_text())["auth_token"] == "(not shown)"
    assert run("request", "GET", MESSAGES, "--response", "binary", "-o", str(file)).exit_code == 0
    assert json.loads(file.read_bytes())["messages"] == []


def test_it_says_that_a_deletion_has_no_content(run: Run, emulator: RunningEmulator) -> None:
    run("request", "POST", MESSAGES, *CREATE)
    (message,) = emulator.wait_for(1)
    result = run("request", "DELETE", f"/Accounts/{{AccountSid}}/Messages/{message['sid']}.json")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "HTTP status 204" in result.stderr


def test_it_ends_with_1_where_twilio_refuses(run: Run) -> None:
    result = run("request", "POST", MESSAGES, "--form", "To=+15005550001", *CREATE[2:])
    assert result.exit_code == 1
    assert "21211" in result.stderr


def test_it_ends_with_4_where_a_post_may_have_been_done(
    run: Run, emulator: RunningEmulator
) -> None:
    emulator.fail("error", status=500, when="after")
    result = run("request", "POST", MESSAGES, *CREATE, "--max-retries", "2", "--retry-delay", "1")
    assert result.exit_code == 4
    assert len(emulator.messages()) == 1


def test_it_repeats_a_post_only_when_it_is_told_to(run: Run, emulator: RunningEmulator) -> None:
    emulator.fail("error", status=500, when="after")
    again = ("--max-retries", "2", "--retry-delay", "1", "--retry-on-all-errors")
    assert run("request", "POST", MESSAGES, *CREATE, *again).exit_code == 0
    assert len(emulator.messages()) == 2


def test_it_repeats_what_was_not_done(run: Run, emulator: RunningEmulator) -> None:
    emulator.fail("error", code=20429, times=2)
    again = ("--max-retries", "2", "--retry-delay", "1", "--exponential-backoff")
    assert run("request", "POST", MESSAGES, *CREATE, *again).exit_code == 0
    assert len(emulator.messages()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("GET", "https://evil.example/"), "not a URL"),
        (("GET", "/../2008-08-01/Accounts"), "stays below"),
        (("TRACE", ACCOUNT), "no method"),
        (("GET", ACCOUNT, "--header", "Authorization: Basic x"), "header Authorization"),
        (("GET", ACCOUNT, "--query", "PageSize"), "NAME=VALUE"),
        (("POST", MESSAGES, "--data", "{"), "not JSON"),
        (("POST", MESSAGES, "--data", "@/nowhere/at/all"), "cannot be read"),
        (("POST", MESSAGES, "--data", "{}", "--form", "a=b"), "not both"),
        (("POST", MESSAGES, "--file", "a=/nowhere/at/all"), "cannot be read"),
    ],
)
def test_a_mistake_in_the_command_ends_with_2(
    run: Run, emulator: RunningEmulator, arguments: tuple[str, ...], said: str
) -> None:
    before = emulator.stats()
    result = run("request", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert emulator.stats() == before
