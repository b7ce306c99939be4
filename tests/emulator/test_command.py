from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

SID, TOKEN = "AC" + "a" * 32, "b" * 32


@contextmanager
def started(*arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TWILIO_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "sentry_twilio.emulator", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment | variables,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def address(process: subprocess.Popen[str], scheme: str = "http") -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.fullmatch(rf"Twilio emulator listening on ({scheme}://127\.0\.0\.1:\d+)\n", line)
    assert found, line
    return found[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_the_account_of_the_environment_until_a_signal(number: signal.Signals) -> None:
    with started("--port", "0", TWILIO_ACCOUNT_SID=SID, TWILIO_AUTH_TOKEN=TOKEN) as process:
        url = f"{address(process)}/2010-04-01/Accounts/{SID}.json"
        assert requests.get(url, auth=(SID, TOKEN), timeout=5).status_code == 200
        assert requests.get(url, auth=(SID, "x"), timeout=5).status_code == 401
        process.send_signal(number)
        _, errors = process.communicate(timeout=10)
        assert (process.returncode, errors) == (0, "")


def test_secrets_come_from_files_too(tmp_path: Path) -> None:
    key = "SK" + "c" * 32
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    (tmp_path / "secret").write_text("key's secret\n")
    with started(
        *("--port", "0", "--account-sid", SID, "--auth-token-file", str(tmp_path / "token")),
        *("--api-key", key, "--api-secret-file", str(tmp_path / "secret")),
    ) as process:
        url = f"{address(process)}/2010-04-01/Accounts/{SID}.json"
        for credentials in ((SID, TOKEN), (key, "key's secret")):
            assert requests.get(url, auth=credentials, timeout=5).status_code == 200


def test_it_ends_when_its_parent_closes_stdin() -> None:
    with started("--port", "0", "--exit-with-stdin") as process:
        address(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=10) == 0


def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        with started("--port", port) as process:
            _, errors = process.communicate(timeout=10)
    assert process.returncode == 3
    assert errors.count("\n") == 1
    assert f"port {port}" in errors
    assert "--port" in errors


def test_a_wrong_account_sid_is_refused() -> None:
    with started("--account-sid", "AC1") as process:
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 2
    assert "32 of the characters" in errors


def test_a_certificate_makes_it_answer_by_https(certificate: Path) -> None:
    with started("--port", "0", "--tls-cert", str(certificate)) as process:
        url = f"{address(process, 'https')}/emulator/stats"
        assert requests.get(url, verify=str(certificate), timeout=5).json()["connections"] == 0
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(url, timeout=5)


def test_a_certificate_that_is_none_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("")
    with started("--tls-cert", str(tmp_path / "empty.pem")) as process:
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 2
    assert "certificate and its key cannot be used" in errors


def test_a_key_needs_its_certificate(certificate: Path) -> None:
    with started("--tls-key", str(certificate)) as process:
        _, errors = process.communicate(timeout=10)
    assert (process.returncode, "--tls-key needs --tls-cert" in errors) == (2, True)


def test_the_accounts_standing_comes_from_options() -> None:
    with started(
        *("--port", "0", "--trial", "--verified", "+14155550100"),
        *("--number", "+14155551234", "--number", "+14155550000:voice"),
    ) as process:
        standing = requests.get(f"{address(process)}/emulator/account", timeout=5).json()
    assert standing == {
        "type": "Trial",
        "status": "active",
        "balance": 20.0,
        "verified": ["+14155550100"],
        "numbers": ["+14155551234", "+14155550000:voice"],
        "other_senders": False,
    }


def test_a_wrong_number_is_refused() -> None:
    with started("--number", "+14155551234:telex") as process:
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 2
    assert "+14155551234:telex is not a number" in errors


def test_the_limit_of_requests_at_a_time_is_an_option() -> None:
    with started("--port", "0", "--concurrency", "3") as process:
        settings = requests.get(f"{address(process)}/emulator/settings", timeout=5).json()
    assert (settings["concurrency"], settings["retry_after"]) == (3, 1.0)
