from __future__ import annotations

from pathlib import Path

import pytest

from sentry_twilio.emulator.testing import RunningEmulator
from tests.console.conftest import KEY, KEY_SECRET, SENDER, Run

SECRET = "0123456789abcdef0123456789abcdef"


def credentials(folder: Path, emulator: RunningEmulator, **changes: str) -> Path:
    lines = {
        "TWILIO_ACCOUNT_SID": emulator.account_sid,
        "TWILIO_AUTH_TOKEN": f'"{emulator.auth_token}"',
        "TWILIO_BASE_URL": emulator.base_url,
        "export TWILIO_FROM": SENDER,
        "DATA_DIR": "/var/lib/else",
    } | changes
    path = folder / "twilio.env"
    path.write_text("# the account\n\n" + "".join(f"{n} = {v}\n" for n, v in lines.items()))
    path.chmod(0o600)
    return path


def test_it_reads_the_account_from_a_file(
    run: Run, emulator: RunningEmulator, tmp_path: Path
) -> None:
    path = credentials(tmp_path, emulator)
    result = run("check", "--credentials", str(path), TWILIO_ACCOUNT_SID=None)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""


def test_a_file_replaces_the_environment_as_a_whole(
    run: Run, emulator: RunningEmulator, tmp_path: Path
) -> None:
    path = credentials(tmp_path, emulator)
    key = {"TWILIO_API_KEY": "SK" + "1" * 32, "TWILIO_API_SECRET": "of another account"}
    assert run("messages", "list", "--credentials", str(path), **key).exit_code == 0


def test_it_warns_where_others_can_read_the_file(
    run: Run, emulator: RunningEmulator, tmp_path: Path
) -> None:
    path = credentials(tmp_path, emulator)
    path.chmod(0o644)
    result = run("messages", "list", "--credentials", str(path))
    assert result.exit_code == 0
    assert f"chmod 600 {path}" in result.stderr


def test_it_names_a_broken_line_without_showing_it(
    run: Run, emulator: RunningEmulator, tmp_path: Path
) -> None:
    path = credentials(tmp_path, emulator)
    path.write_text(f"TWILIO_ACCOUNT_SID=x\n{SECRET}\n")
    result = run("messages", "list", "--credentials", str(path))
    assert result.exit_code == 2
    assert f"Line 2 of {path} is not NAME=VALUE." in result.stderr
    assert SECRET not in result.output


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"TWILIO_ACCOUNT_SID": None}, "TWILIO_ACCOUNT_SID is not set in the environment."),
        ({"TWILIO_AUTH_TOKEN": None}, "TWILIO_AUTH_TOKEN, or TWILIO_API_KEY with"),
        ({"TWILIO_AUTH_TOKEN": f"{SECRET}x"}, "An Auth Token is 32 characters"),
        ({"TWILIO_API_KEY": "SK" + "a" * 32}, "TWILIO_API_SECRET in the environment: Enter"),
        ({"TWILIO_FROM": None}, "TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID is not set"),
        ({"TWILIO_FROM": "911"}, "911 is not a valid phone number."),
        ({"TWILIO_MESSAGING_SERVICE_SID": "MG" + "a" * 32}, "not both"),
        ({"TWILIO_BASE_URL": None, "TWILIO_REGION": "ie1"}, "edge"),
        ({"TWILIO_BASE_URL": f"http://user:{SECRET}@127.0.0.1"}, "Credentials do not belong"),
    ],
)
def test_it_names_the_setting_that_is_wrong_but_no_secret(
    run: Run, change: dict[str, str | None], said: str
) -> None:
    result = run("check", **change)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert SECRET not in result.output


def test_it_authenticates_with_an_api_key(run: Run) -> None:
    key = {"TWILIO_AUTH_TOKEN": None, "TWILIO_API_KEY": KEY, "TWILIO_API_SECRET": KEY_SECRET}
    result = run("check", **key)
    assert result.exit_code == 0, result.output
    assert KEY in result.stdout
    assert KEY_SECRET not in result.output
    assert run("check", **key | {"TWILIO_API_SECRET": "wrong"}).exit_code == 1


def test_it_needs_no_sender_to_read(run: Run) -> None:
    assert run("messages", "list", TWILIO_FROM=None).exit_code == 0


@pytest.mark.parametrize("option", ["--auth-token", "--api-secret", "--account-sid"])
@pytest.mark.parametrize("command", ["check", "send", "request"])
def test_it_takes_no_credentials_from_the_command_line(run: Run, command: str, option: str) -> None:
    result = run(command, option, "x")
    assert result.exit_code == 2
    assert "No such option" in result.stderr
