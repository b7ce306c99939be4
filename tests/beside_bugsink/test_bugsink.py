"""A real error in a real Bugsink becomes a text message.

Needs Bugsink in a virtual environment of its own, since it pins another Django:
`python3 -m venv .venv-bugsink && .venv-bugsink/bin/pip install bugsink`.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sentry_sdk

from sentry_twilio.emulator.testing import RunningEmulator
from tests.sources.test_host import Host
from tests.test_demo import free_port

ROOT = Path(__file__).parent.parent.parent
VENV = Path(os.environ.get("BUGSINK_VENV") or ROOT / ".venv-bugsink")
MANAGE, CONFIGURE = VENV / "bin/bugsink-manage", VENV / "bin/bugsink-create-conf"

pytestmark = pytest.mark.skipif(
    not MANAGE.exists(), reason=f"There is no Bugsink in {VENV}; see the top of this file."
)

MAKE_PROJECT = """
import json, sys
from alerts.models import MessagingServiceConfig
from projects.models import Project
from teams.models import Team
project = Project.objects.create(name="Demo", team=Team.objects.create(name="All"))
config = json.dumps({{"webhook_url": {url!r}}})
service = MessagingServiceConfig.objects.create(
    project=project, display_name="SMS", kind="custom", config=config
)
print(json.dumps({{"dsn": project.dsn, "service": service.pk}}))
"""
TEST = """
import json
from alerts.models import MessagingServiceConfig
from alerts.service_backends.custom import custom_backend_send_test_message
service = MessagingServiceConfig.objects.get(pk={service})
url = json.loads(service.config)["webhook_url"]
custom_backend_send_test_message(url, "Demo", "SMS", service.pk)
"""


class Bugsink:
    """A Bugsink of its own folder, with one project that reports to `url`."""

    def __init__(self, folder: Path, url: str) -> None:
        self.port = free_port()
        self.folder = folder
        # Not ours: a setting of this process's Django must not become Bugsink's.
        self.environ = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
        subprocess.run(
            [CONFIGURE, "--template=local", f"--port={self.port}", "--host=127.0.0.1"],
            cwd=folder,
            env=self.environ,
            check=True,
            capture_output=True,
        )
        with (folder / "bugsink_conf.py").open("a") as conf:
            # For loopback, which Bugsink calls only where it is told to.
            conf.write('\nBUGSINK["ALERTS_WEBHOOK_DENY_NON_GLOBAL"] = False\n')
        self.manage("migrate", "--verbosity=0")
        self.manage("migrate", "--verbosity=0", "--database=snappea")
        made = json.loads(self.shell(MAKE_PROJECT.format(url=url)).splitlines()[-1])
        self.dsn, self.service = made["dsn"], made["service"]
        self.process = subprocess.Popen(
            [MANAGE, "runserver", "--noreload", f"127.0.0.1:{self.port}"],
            cwd=folder,
            env=self.environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self.listens, "Bugsink did not start.")

    def manage(self, *arguments: str) -> str:
        ended = subprocess.run(
            [MANAGE, *arguments],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert ended.returncode == 0, ended.stderr[-2000:]
        return ended.stdout

    def shell(self, code: str) -> str:
        return self.manage("shell", "-c", code)

    def listens(self) -> bool:
        assert self.process.poll() is None, "Bugsink ended by itself."
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


def wait_until(happened: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.1)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with RunningEmulator() as twilio:
        host = Host(tmp_path_factory.mktemp("host"), twilio)
        yield host
        host.process.send_signal(signal.SIGTERM)
        host.process.wait(20)


@pytest.fixture(scope="module")
def bugsink(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bugsink]:
    bugsink = Bugsink(tmp_path_factory.mktemp("bugsink"), host.urls["bugsink"])
    yield bugsink
    bugsink.stop()


def test_an_error_in_bugsink_becomes_a_text(bugsink: Bugsink, host: Host) -> None:
    client = sentry_sdk.Client(dsn=bugsink.dsn, default_integrations=False)
    with sentry_sdk.new_scope() as scope:
        scope.set_client(client)
        try:
            int("card declined")
        except ValueError as exc:
            sentry_sdk.capture_exception(exc)
        client.close(timeout=20)
    (message,) = host.twilio.wait_for(1, timeout=30)
    assert message["body"].startswith("Sentry [Shop] ERROR: ValueError: invalid literal for int()")


def test_bugsinks_test_button_becomes_a_test_text(bugsink: Bugsink, host: Host) -> None:
    before = len(host.twilio.messages())
    bugsink.shell(TEST.format(service=bugsink.service))
    message = host.twilio.wait_for(before + 1, timeout=30)[-1]
    assert message["body"].startswith("Sentry [Shop] INFO: This is a test message from Bugsink.")
