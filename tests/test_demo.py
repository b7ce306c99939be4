"""`sentry-twilio demo` as a newcomer runs it: real SDK, real sockets, real processes."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentry_twilio.demo.account import from_environment
from sentry_twilio.emulator.accounts import Account
from sentry_twilio.emulator.testing import RunningEmulator

BODY = "Sentry [Demo shop] ERROR: PaymentError: card declined for order"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def start(folder: Path, *arguments: str, **environ: str) -> subprocess.Popen[str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TWILIO_") and name != "DJANGO_SETTINGS_MODULE"
    }
    for name in ("SECRET_KEY", "ENCRYPTION_KEYS"):  # the demo makes its own
        inherited.pop(name, None)
    return subprocess.Popen(
        [sys.executable, "-m", "sentry_twilio", "demo", "--folder", str(folder), *arguments],
        env=inherited | environ | {"PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(folder: Path, *arguments: str, **environ: str) -> tuple[int, str, str]:
    process = start(folder, *arguments, **environ)
    out, err = process.communicate(timeout=75)
    return process.returncode, out, err


@pytest.fixture
def ports() -> Iterator[tuple[str, ...]]:
    port, emulator_port = free_port(), free_port()
    yield "--port", str(port), "--emulator-port", str(emulator_port)
    deadline = time.monotonic() + 10
    while not (is_free(port) and is_free(emulator_port)):
        assert time.monotonic() < deadline, "The host or the emulator is still running."
        time.sleep(0.05)


def test_an_exception_arrives_as_a_text_message_twice_in_a_row(
    tmp_path: Path, ports: tuple[str, ...]
) -> None:
    for _ in range(2):  # the second run works on the first one's data
        code, out, err = run(tmp_path, "--once", *ports)
        assert code == 0, out + err
        assert BODY in " ".join(re.sub(r"[│╭╮╰╯─]", "", out).split())
        assert "Delivered to +14155550123." in out


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_stays_up_says_where_and_leaves_nothing_running(
    tmp_path: Path, ports: tuple[str, ...], ending: signal.Signals
) -> None:
    process = start(tmp_path, *ports)
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line:
            break
    assert f"http://127.0.0.1:{ports[1]}/   user demo, password " in said
    assert f"http://127.0.0.1:{ports[3]}/" in said
    process.send_signal(ending)
    # Killed outright it cannot clean up, but on Linux its children end with it.
    assert process.wait(20) == (-signal.SIGKILL if ending == signal.SIGKILL else 0)


@pytest.mark.parametrize(("taken", "option"), [(1, "--port"), (3, "--emulator-port")])
def test_a_port_in_use_is_a_clear_message(
    tmp_path: Path, ports: tuple[str, ...], taken: int, option: str
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(ports[taken])))
        other.listen()
        code, _, err = run(tmp_path, "--once", *ports)
    assert code == 3
    assert f"Port {ports[taken]} is in use" in err
    assert option in err


def test_half_an_account_is_not_sent_through_the_emulator(
    tmp_path: Path, ports: tuple[str, ...]
) -> None:
    code, _, err = run(tmp_path, "--once", *ports, TWILIO_ACCOUNT_SID="AC" + "0" * 32)
    assert code == 2
    assert "TWILIO_FROM (or TWILIO_MESSAGING_SERVICE_SID) and TWILIO_TO and TWILIO_AUTH" in err


def test_a_messaging_service_is_a_sender_as_a_number_is() -> None:
    account = from_environment(
        {
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": "1" * 32,
            "TWILIO_MESSAGING_SERVICE_SID": "MG" + "2" * 32,
            "TWILIO_TO": "+14155550199",
        }
    )
    assert account is not None
    assert account.options["messaging_service_sid"] == "MG" + "2" * 32
    assert "sms_from" not in account.options


@pytest.mark.parametrize("by_key", [False, True])
def test_with_an_account_of_one_s_own_it_sends_through_that(
    tmp_path: Path, ports: tuple[str, ...], by_key: bool
) -> None:
    key, secret = "SK" + "1" * 32, "s" * 32
    account = Account("AC" + "2" * 32, "3" * 32, {key: secret})
    credentials = (
        {"TWILIO_API_KEY": key, "TWILIO_API_SECRET": secret}
        if by_key
        else {"TWILIO_AUTH_TOKEN": account.auth_token}
    )
    with RunningEmulator([account]) as twilio:
        code, out, err = run(
            tmp_path,
            "--once",
            *ports,
            TWILIO_ACCOUNT_SID=twilio.account_sid,
            TWILIO_FROM="(500) 555-0006",
            TWILIO_TO="415 555 0199",
            TWILIO_BASE_URL=twilio.base_url,
            **credentials,
        )
        assert code == 0, out + err
        (message,) = twilio.messages()
        assert (message["to"], message["from"]) == ("+14155550199", "+15005550006")
        assert message["body"].startswith(BODY)


def test_what_twilio_refuses_is_the_reason(tmp_path: Path, ports: tuple[str, ...]) -> None:
    with RunningEmulator() as twilio:
        code, _, err = run(
            tmp_path,
            "--once",
            *ports,
            TWILIO_ACCOUNT_SID=twilio.account_sid,
            TWILIO_AUTH_TOKEN="0" * 32,
            TWILIO_FROM="+15005550006",
            TWILIO_TO="+14155550199",
            TWILIO_BASE_URL=twilio.base_url,
        )
    assert code == 1
    assert "20003" in err


def test_stopped_before_it_was_delivered_is_not_a_success(
    tmp_path: Path, ports: tuple[str, ...]
) -> None:
    process = start(tmp_path, "--once", *ports)
    assert process.stdout is not None
    for line in process.stdout:
        if "raises an exception" in line:
            break
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert "before the message was delivered" in err
