from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from sentry_twilio.emulator.testing import RunningEmulator
from tests.console.conftest import OTHER, PHONE, Run

UNKNOWN_SID = "SM" + "1" * 32


@pytest.fixture
def sent(run: Run, emulator: RunningEmulator) -> RunningEmulator:
    for number, text in enumerate(["one", "two", "x" * 200]):
        run("send", "--to", OTHER if number == 1 else PHONE, text)
    emulator.wait_for(3)
    return emulator


def test_it_lists_the_newest_first(run: Run, sent: RunningEmulator) -> None:
    result = run("messages", "list")
    assert result.exit_code == 0
    head, *rows = result.stdout.splitlines()
    assert head.split() == ["SID", "CREATED", "STATUS", "FROM", "TO", "ERROR", "BODY"]
    assert [row.split()[0] for row in rows] == [m["sid"] for m in reversed(sent.messages())]
    assert rows[0].endswith("xxx...")


def test_it_lists_those_to_one_number(read: Callable[..., Any], sent: RunningEmulator) -> None:
    assert [row["body"] for row in read("messages", "list", "--to", OTHER)] == ["two"]


@pytest.mark.parametrize(("option", "count"), [("--on", 0), ("--until", 0), ("--since", 3)])
def test_it_lists_those_of_a_time(
    read: Callable[..., Any], sent: RunningEmulator, option: str, count: int
) -> None:
    assert len(read("messages", "list", option, "2020-02-29")) == count


def test_it_says_that_there_may_be_more(run: Run, sent: RunningEmulator) -> None:
    result = run("messages", "list", "--limit", "2")
    assert len(result.stdout.splitlines()) == 3
    assert "There may be more" in result.stderr


def test_it_keeps_a_strangers_text_from_the_terminal(run: Run, emulator: RunningEmulator) -> None:
    emulator.reply(PHONE, "+14155551234", "a\x1b[2Jb\u202ec\nd")
    row = run("messages", "list").stdout.splitlines()[1]
    assert row.endswith("a[2Jbc ⏎ d")


def test_it_shows_and_explains_a_message(run: Run, emulator: RunningEmulator) -> None:
    emulator.fail("delivery", status="undelivered", code=30034)
    run("send", "--to", PHONE, "x")
    (message,) = emulator.wait_for(1, "undelivered")
    result = run("messages", "get", message["sid"])
    assert result.exit_code == 0
    assert "undelivered" in result.stdout
    assert "https://www.twilio.com/docs/api/errors/30034" in result.stdout


def test_it_cancels_a_scheduled_message(read: Callable[..., Any], run: Run) -> None:
    service = {"TWILIO_FROM": None, "TWILIO_MESSAGING_SERVICE_SID": "MG" + "0" * 32}
    tomorrow = (datetime.now(timezone.utc) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    at = ("-p", "ScheduleType=fixed", "-p", f"SendAt={tomorrow}")
    (row,) = read("send", "--to", PHONE, *at, "x", **service)
    assert row["result"] == "scheduled"
    assert read("messages", "cancel", row["sid"])["status"] == "canceled"


@pytest.mark.parametrize("command", ["get", "cancel"])
def test_it_says_that_there_is_no_such_message(run: Run, command: str) -> None:
    result = run("messages", command, UNKNOWN_SID)
    assert result.exit_code == 1
    assert result.stderr == f"Error: This account has no message {UNKNOWN_SID}.\n"


def test_a_cancellation_that_got_no_answer_is_unknown(run: Run, sent: RunningEmulator) -> None:
    sent.fail("error", on="update", status=500, when="before")
    result = run("messages", "cancel", sent.messages()[0]["sid"])
    assert result.exit_code == 4
    assert "look before you repeat it" in result.stderr


def test_a_list_that_got_no_answer_may_be_asked_for_again(
    run: Run, emulator: RunningEmulator
) -> None:
    emulator.fail("error", on="list", status=500)
    assert run("messages", "list").exit_code == 5


def test_a_list_that_is_forbidden_is_refused(run: Run, emulator: RunningEmulator) -> None:
    emulator.fail("error", on="list", status=403, code=20403)
    assert run("messages", "list").exit_code == 1
