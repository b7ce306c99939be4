from __future__ import annotations

import json
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from sentry_twilio.console import send
from sentry_twilio.emulator.testing import RunningEmulator
from tests.console.conftest import OTHER, PHONE, Run


def sent(emulator: RunningEmulator) -> list[tuple[str, str]]:
    return [(message["to"], message["body"]) for message in emulator.messages()]


def test_it_sends_to_everybody_named(run: Run, emulator: RunningEmulator) -> None:
    result = run("send", "--to", PHONE, "--to", "(415) 555-0101", "The backup has failed.")
    assert result.exit_code == 0
    assert sorted(sent(emulator)) == [
        (PHONE, "The backup has failed."),
        (OTHER, "The backup has failed."),
    ]
    assert result.stdout.count("SM") == 2


def test_it_reads_the_text_from_standard_input(run: Run, emulator: RunningEmulator) -> None:
    assert run("send", "--to", PHONE, "-", stdin="No space left\non /var\n").exit_code == 0
    assert sent(emulator) == [(PHONE, "No space left\non /var")]


def test_it_passes_on_twilios_own_parameters(read: Callable[..., Any]) -> None:
    media = ("-p", "MediaUrl=https://example.com/a.png", "-p", "MediaUrl=https://example.com/b.png")
    (row,) = read("send", "--to", PHONE, *media, "x")
    assert read("messages", "get", row["sid"])["num_media"] == "2"


def test_it_waits_until_the_message_is_delivered(read: Callable[..., Any]) -> None:
    (row,) = read("send", "--to", PHONE, "--wait", "10", "x")
    assert row["result"] == "delivered"
    assert row["segments"] == 1


def test_what_fails_after_it_was_accepted_ends_with_1(run: Run, emulator: RunningEmulator) -> None:
    emulator.fail("delivery", status="undelivered", code=30034)
    result = run("send", "--to", PHONE, "--wait", "10", "x")
    assert result.exit_code == 1
    assert "undelivered" in result.stdout
    assert "30034" in result.stdout


def test_what_is_still_on_its_way_is_unknown(run: Run, emulator: RunningEmulator) -> None:
    emulator.fail("delivery", status="sent")
    assert run("send", "--to", PHONE, "--wait", "0.3", "x").exit_code == 4


def test_a_refusal_ends_with_1_and_says_why(run: Run, emulator: RunningEmulator) -> None:
    emulator.fail("error", code=21610)
    result = run("send", "--to", PHONE, "x")
    assert result.exit_code == 1
    assert "21610" in result.stdout
    assert emulator.stats()["by_kind"] == {"create": 1}


def test_what_may_have_been_sent_ends_with_4_and_is_not_repeated(
    run: Run, emulator: RunningEmulator
) -> None:
    emulator.fail("error", status=500, when="after")
    assert run("send", "--to", PHONE, "x").exit_code == 4
    assert len(emulator.messages()) == 1


def test_what_was_not_sent_but_may_be_later_ends_with_5(
    run: Run, emulator: RunningEmulator
) -> None:
    # A wait that is longer than anybody should stand before a command.
    emulator.fail("error", code=20429, retry_after=3600)
    assert run("send", "--to", PHONE, "x").exit_code == 5


def test_an_interruption_is_unknown(
    run: Run, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    emulator.fail("delivery", status="sent")
    monkeypatch.setattr(send, "time", SimpleNamespace(monotonic=time.monotonic, sleep=interrupt))
    result = run("send", "--to", PHONE, "--wait", "5", "--json", "x")
    assert result.exit_code == 4
    # What was accepted is said, lest it be sent again.
    (row,) = json.loads(result.stdout)
    assert row["sid"] == emulator.messages()[0]["sid"]


@pytest.mark.parametrize("name", ["To", "to", "Body", "concurrency", "deadline", "messages", "Nix"])
def test_a_parameter_that_is_none_is_refused_before_anything_is_sent(
    run: Run, emulator: RunningEmulator, name: str
) -> None:
    result = run("send", "--to", PHONE, "-p", f"{name}=5", "x")
    assert result.exit_code == 2
    assert f"no parameter {name!r}" in result.stderr
    assert sent(emulator) == []


def test_sent_to_some_only_is_not_an_invitation_to_repeat_it(
    run: Run, emulator: RunningEmulator
) -> None:
    emulator.fail("error", code=30001, to=OTHER)
    result = run("send", "--to", PHONE, "--to", OTHER, "x")
    assert sent(emulator) == [(PHONE, "x")]
    assert result.exit_code == 4


def test_the_worst_of_several_decides(run: Run, emulator: RunningEmulator) -> None:
    emulator.fail("error", code=21610, to=PHONE)
    result = run("send", "--to", PHONE, "--to", OTHER, "x")
    assert result.exit_code == 1
    assert sent(emulator) == [(OTHER, "x")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--to", "911", "x"), "911"),
        (("--to", PHONE, ""), "There is no text to send."),
        (("--to", PHONE, "x" * 1601), "1601 characters"),
        (("--to", PHONE, "-p", "Colour=red", "x"), "no parameter 'Colour'"),
        (("--to", PHONE, "-p", "Colour", "x"), "'Colour' is not NAME=VALUE."),
        (("x",), "--to"),
    ],
)
def test_a_mistake_in_the_command_ends_with_2_and_sends_nothing(
    run: Run, emulator: RunningEmulator, arguments: tuple[str, ...], said: str
) -> None:
    result = run("send", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert emulator.messages() == []
