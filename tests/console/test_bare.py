"""The commands need the plugin and click: no Django, no host."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from sentry_twilio.cli import cli
from sentry_twilio.emulator.testing import RunningEmulator
from tests.console.conftest import SENDER

ABSENT = (
    *("aiohttp", "brotli", "cryptography", "csp", "django", "environ"),
    *("sentry_sdk", "waitress", "whitenoise"),
)
CODE = f"""
import sys
for name in {ABSENT!r}: sys.modules[name] = None
from sentry_twilio.__main__ import main
main()
"""


@pytest.mark.parametrize("command", ["check", "messages list", "request GET /Accounts.json"])
def test_it_runs_where_only_the_plugin_is(emulator: RunningEmulator, command: str) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "TWILIO_ACCOUNT_SID": emulator.account_sid,
        "TWILIO_AUTH_TOKEN": emulator.auth_token,
        "TWILIO_BASE_URL": emulator.base_url,
        "TWILIO_FROM": SENDER,
    }
    ended = subprocess.run(
        [sys.executable, "-c", CODE, *command.split()],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in ended.stderr
    # The emulator knows no list of accounts, which is an answer too.
    assert ended.returncode == (1 if "request" in command else 0), ended.stderr


@pytest.mark.parametrize(
    "command",
    ["check", "send", "request", "messages", "messages list", "messages get", "messages cancel"],
)
def test_each_command_explains_itself(command: str) -> None:
    from click.testing import CliRunner

    shown = CliRunner().invoke(cli, [*command.split(), "--help"], prog_name="sentry-twilio")
    assert shown.exit_code == 0
    assert f"Usage: sentry-twilio {command}" in shown.output
    assert len(shown.output.splitlines()) > 4
