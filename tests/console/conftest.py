"""The commands, run in this process against an emulator of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any, Protocol

import pytest
from click.testing import CliRunner, Result

from sentry_twilio.cli import cli
from sentry_twilio.console import send
from sentry_twilio.console.account import NAMES
from sentry_twilio.emulator.accounts import Account
from sentry_twilio.emulator.standing import Standing
from sentry_twilio.emulator.testing import RunningEmulator

ACCOUNT_SID = "AC0123456789abcdef0123456789abcdef"
KEY, KEY_SECRET = "SK0123456789abcdef0123456789abcdef", "a-secret-of-32-letters-and-more"
TOKEN = "fedcba9876543210fedcba9876543210"
SENDER = "+14155551234"
PHONE = "+14155550100"
OTHER = "+14155550101"


class Run(Protocol):
    def __call__(self, *arguments: str, stdin: str = "", **environment: str | None) -> Result: ...


@pytest.fixture(scope="session")
def machine() -> Iterator[RunningEmulator]:
    with RunningEmulator([Account(ACCOUNT_SID, TOKEN, {KEY: KEY_SECRET})]) as running:
        yield running


@pytest.fixture
def emulator(
    machine: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RunningEmulator]:
    machine.reset()
    monkeypatch.setattr(send, "ASK_EVERY", 0.02)
    yield machine
    machine.change_account(**asdict(Standing()))


@pytest.fixture
def run(emulator: RunningEmulator) -> Run:
    """Runs a command line with the emulator's account in the environment."""
    account: dict[str, str | None] = {
        **dict.fromkeys((*NAMES, "TWILIO_TO", "PUBLIC_URL"), None),
        "TWILIO_ACCOUNT_SID": emulator.account_sid,
        "TWILIO_AUTH_TOKEN": emulator.auth_token,
        "TWILIO_BASE_URL": emulator.base_url,
        "TWILIO_FROM": SENDER,
    }

    def run(*arguments: str, stdin: str = "", **environment: str | None) -> Result:
        result = CliRunner().invoke(
            cli, arguments, input=stdin, env=account | environment, prog_name="sentry-twilio"
        )
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def read(run: Run) -> Callable[..., Any]:
    """Runs a command line with `--json` and returns what it printed."""

    def read(*arguments: str, **environment: str | None) -> Any:
        result = run(*arguments, "--json", **environment)
        return json.loads(result.stdout)

    return read
