"""The command, run as people run it."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

from sentry_twilio import __version__, host_python
from sentry_twilio.cli import _COMMANDS, cli
from sentry_twilio.projects.keys import read_lines
from sentry_twilio.server.environment import SETTINGS

SECRET = "hunter2"


@pytest.fixture
def environment(tmp_path):
    """An empty host of its own, whatever the shell has set."""
    ours = {setting.name for setting in SETTINGS} | {"DJANGO_SETTINGS_MODULE", "PYTHONPATH"}
    values = {name: value for name, value in os.environ.items() if name not in ours}
    values |= {"DATA_DIR": str(tmp_path / "data"), "KEYS_DIR": str(tmp_path / "keys")}
    return values


@pytest.fixture
def run(environment):
    def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "sentry_twilio", *arguments],
            env=environment | settings,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


def test_help_lists_the_subcommands(run):
    shown = run("--help")
    assert shown.returncode == 0
    for name in (
        *("check", "demo", "emulator", "import-sentry", "keys", "manage", "messages"),
        *("request", "send", "serve", "worker"),
    ):
        assert re.search(rf"^  {name} +\w", shown.stdout, re.MULTILINE), name


@pytest.mark.parametrize(
    "command",
    [
        *("serve", "worker", "demo", "emulator", "import-sentry"),
        *("keys", "keys rotate", "keys reencrypt", "keys drop-old"),
    ],
)
def test_each_subcommand_explains_itself(command):
    shown = CliRunner().invoke(cli, [*command.split(), "--help"], prog_name="sentry-twilio")
    assert shown.exit_code == 0, shown.output
    assert f"Usage: sentry-twilio {command}" in shown.output
    assert len(shown.output.splitlines()) > 4


@pytest.mark.parametrize("name", sorted(_COMMANDS))
def test_on_a_python_too_old_for_the_host_only_the_commands_for_an_account_work(name, monkeypatch):
    monkeypatch.setattr(host_python, "OLDEST", (3, 99))
    for_an_account = name in ("check", "messages", "request", "send")
    shown = CliRunner().invoke(cli, [name, "--nonsense"], prog_name="sentry-twilio")
    assert shown.exit_code == 2
    assert ("Error: The host needs Python 3.99 or newer" in shown.stderr) is not for_an_account
    assert f"`{name}`" in host_python.too_old().replace("sentry-twilio ", "") or not for_an_account


def test_help_lists_the_subcommands_on_a_python_too_old_for_the_host(monkeypatch):
    monkeypatch.setattr(host_python, "OLDEST", (3, 99))
    shown = CliRunner().invoke(cli, ["--help"], prog_name="sentry-twilio").stdout
    assert re.search(r"^  serve +\(needs a newer Python\)$", shown, re.MULTILINE)
    assert re.search(r"^  send +Send", shown, re.MULTILINE)


def test_the_version_is_that_of_the_package():
    shown = CliRunner().invoke(cli, ["--version"], prog_name="sentry-twilio")
    assert shown.output.split()[-1] == __version__


def test_manage_passes_through_to_django_on_an_empty_host(run, tmp_path):
    checked = run("manage", "check")
    assert checked.returncode == 0, checked.stderr
    assert "no issues" in checked.stdout
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == [
        "encryption_keys",
        "secret_key",
    ]


def test_the_keys_go_round(run, tmp_path):
    path = tmp_path / "keys" / "encryption_keys"
    early = run("keys", "rotate")
    assert early.returncode == 1
    assert "manage migrate" in early.stderr
    assert "Traceback" not in early.stderr
    assert run("manage", "migrate", "--verbosity=0").returncode == 0
    rotated = run("keys", "rotate")
    assert rotated.returncode == 0, rotated.stderr
    assert "keys drop-old" in rotated.stdout
    lines = read_lines(path)
    assert len(lines) == 3
    assert "0 options are encrypted" in run("keys", "reencrypt").stdout
    assert run("keys", "drop-old").returncode == 0
    assert read_lines(path) == lines[:1]


def test_keys_of_the_environment_are_not_rotated_in_the_file(run, tmp_path):
    refused = run("keys", "rotate", ENCRYPTION_KEYS="MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
    assert refused.returncode == 2
    assert "ENCRYPTION_KEYS is set in the environment" in refused.stderr
    assert len(read_lines(tmp_path / "keys" / "encryption_keys")) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LEASE_SECONDS", SECRET),
        ("LOG_LEVEL", SECRET),
        ("DATABASE_URL", f"postgres://user:{SECRET}@127.0.0.1:port/name"),
        ("PUBLIC_URL", f"http://[{SECRET}"),
    ],
)
def test_a_bad_setting_is_named_in_one_sentence_without_its_value(run, name, value):
    ended = run("manage", "check", **{name: value})
    assert ended.returncode == 2
    *_, last = ended.stderr.strip().splitlines()
    assert last.startswith(f"Error: The settings are wrong: {name} must be ")
    assert SECRET not in ended.stderr + ended.stdout


def test_serve_does_not_start_with_a_setting_that_fails_a_check(run):
    ended = run("serve", PUBLIC_URL="https://alerts.example.com/sub")
    assert ended.returncode == 2
    assert "sentry_twilio.E001" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_cookies_are_told_apart_by_the_port_of_the_public_url(run):
    show = (
        "from django.conf import settings;"
        "print(settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)"
    )
    names = {
        "http://127.0.0.1:8101": "sessionid_8101 csrftoken_8101",
        "https://alerts.example.com": "sessionid csrftoken",
    }
    for url, expected in names.items():
        shown = run("manage", "shell", "-v", "0", "-c", show, PUBLIC_URL=url)
        assert shown.stdout.strip() == expected, shown.stderr


def test_a_folder_that_cannot_be_written_is_named(run, tmp_path):
    # Even root cannot make a folder in a file.
    (tmp_path / "file").write_text("")
    ended = run("manage", "check", KEYS_DIR=str(tmp_path / "file" / "keys"))
    assert ended.returncode == 2
    *_, last = ended.stderr.strip().splitlines()
    assert last.startswith(f"Error: {tmp_path}/file")
    assert "KEYS_DIR and DATA_DIR must be writable" in last


def test_a_database_that_does_not_run_is_explained(run, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "db.sqlite3").write_text("this is no database" * 100)
    ended = run("serve")
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: The database does not do as asked: ")
    assert "Traceback" not in ended.stderr


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def _status(url: str) -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
    try:
        with opener.open(url, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as exc:
        return exc.code


def _cookies(url: str) -> set[str]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as response:
        lines = response.headers.get_all("Set-Cookie", [])
    return {line.partition("=")[0] for line in lines}


def _wait_for(path: Path, process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"It did not start to listen:\n{path.read_text()}")


def test_serve_prints_the_code_answers_and_ends_with_sigterm(run, environment, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    output = tmp_path / "output"
    url = f"http://127.0.0.1:{port}"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "sentry_twilio", "serve", "--port", str(port)],
            env=environment | {"PYTHONUNBUFFERED": "1"},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(output, process, port)
        shown = output.read_text()
        assert shown.startswith(f"sentry_twilio {__version__} on {url}/ (known as {url})\n")
        assert f"Open {url}/setup/ and enter this code" in shown
        assert re.search(r"^    [A-Z2-7]{4}(-[A-Z2-7]{4}){3}$", shown, re.MULTILINE)
        assert _status(f"{url}/setup/") == 200
        # Another host on this machine keeps its log-ins.
        assert _cookies(f"{url}/setup/") == {f"csrftoken_{port}"}
        # Nobody can log in yet, so the log-in page may show the way to /setup/.
        assert _status(f"{url}/login/") in (200, 302)

        second = run("serve", "--port", str(port))
        assert second.returncode == 3
        (line,) = second.stderr.strip().splitlines()
        assert line.startswith(f"Cannot listen on 127.0.0.1:{port}: Address already in use.")
        assert "--port" in line
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(20)
    assert code == 0, output.read_text()
    assert "Traceback" not in output.read_text()
    with sqlite3.connect(tmp_path / "data" / "db.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_keys_that_do_not_fit_stop_the_host_until_they_are_given_up(run, tmp_path):
    store = (
        "from sentry_twilio.core import plugins;"
        "from sentry_twilio.projects.models import Project;"
        "project = Project.objects.create(name='Web shop', slug='shop');"
        "plugins.get('twilio').set_option('auth_token', 'x', project)"
    )
    assert run("manage", "migrate", "-v", "0").returncode == 0
    assert run("manage", "shell", "-v", "0", "-c", store).returncode == 0
    (tmp_path / "keys" / "encryption_keys").unlink()
    ended = run("worker")
    assert ended.returncode == 1
    assert "do not fit the plugin settings of: Web shop" in ended.stderr
    assert "keys forget-lost" in ended.stderr
    assert run("keys", "forget-lost").stdout.startswith("1 options were deleted.")
    assert run("keys", "forget-lost").stdout.startswith("0 options were deleted.")
