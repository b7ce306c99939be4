"""Real Sentry on PostgreSQL and Redis, as its own tests run it."""

from __future__ import annotations

import os
import shlex
import subprocess
import warnings
from collections.abc import Iterator
from typing import Any

# Sentry's pytest plugin reads them; in the shell they would reach the emulator too.
os.environ["_SENTRY_SKIP_CONFIGURATION"] = "1"
os.environ["DJANGO_SETTINGS_MODULE"] = "sentry_settings"
warnings.filterwarnings("ignore")  # of Sentry's own age

import pytest  # noqa: E402
import requests  # noqa: E402
import responses  # noqa: E402
from django.conf import settings  # noqa: E402

# Once they are read, Sentry's plugin leaves the database as it is.
assert settings.DATABASES

pytest_plugins = ["sentry.utils.pytest"]


@pytest.fixture(autouse=True)
def what_follows_a_commit(request: pytest.FixtureRequest) -> Iterator[None]:
    from sentry.testutils.hybrid_cloud import simulate_on_commit

    with simulate_on_commit(request):
        yield


class Emulator:
    """Twilio as a process of its own, from the host's environment."""

    def __init__(self) -> None:
        command = shlex.split(os.environ["SENTRY_TWILIO_EMULATOR"])
        self._process = subprocess.Popen(
            [*command, "--port", "0", "--pace", "0", "--exit-with-stdin"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.base_url = self._process.stdout.readline().split()[-1]

    def messages(self) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.base_url}/emulator/messages", timeout=10)
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found

    def fail(self, **fault: Any) -> None:
        requests.post(f"{self.base_url}/emulator/faults", json=fault, timeout=10).raise_for_status()

    def reset(self) -> None:
        for path in ("messages", "faults"):
            requests.delete(f"{self.base_url}/emulator/{path}", timeout=10).raise_for_status()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)


@pytest.fixture(scope="session")
def _emulator() -> Iterator[Emulator]:
    running = Emulator()
    yield running
    running.close()


@pytest.fixture
def emulator(_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """Empty, and where the plugin takes Twilio to be."""
    from sentry.plugins.base import plugins

    monkeypatch.setattr(plugins.get("twilio").twilio, "base_url", _emulator.base_url, raising=False)
    _emulator.reset()
    return _emulator


@pytest.fixture
def twilio() -> Iterator[responses.RequestsMock]:
    """`responses` in front of Twilio's own address."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock
