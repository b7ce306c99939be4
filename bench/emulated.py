"""The emulator as a process of its own, and what it saw."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import requests

from bench.peers import SID, TOKEN
from bench.servers import free_port, running
from bench.tls import certify


class Emulated:
    """A running emulator. One that answers by https is trusted by the environment's bundle."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def stats(self) -> dict[str, Any]:
        return dict(self._call("GET", "stats").json())

    def messages(self) -> list[dict[str, Any]]:
        return list(self._call("GET", "messages").json()["messages"])

    def restart_with(self, faults: list[dict[str, Any]]) -> None:
        """Forget what was, and let these go wrong."""
        self._call("DELETE", "messages")
        self._call("DELETE", "faults")
        self._call("POST", "faults", faults)

    def _call(self, method: str, what: str, data: Any = None) -> requests.Response:
        url = f"{self.base_url}/emulator/{what}"
        answer = requests.request(method, url, json=data, timeout=5)
        answer.raise_for_status()
        return answer


@contextmanager
def emulated(latency: float, scheme: str = "http") -> Iterator[Emulated]:
    """`latency`: seconds before each answer. By https, `requests` trusts it until the end."""
    port = free_port()
    command = ["-m", "sentry_twilio", "emulator", "--port", str(port), "--latency", str(latency)]
    environ = {"TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN}
    trust: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="sentry-twilio-bench-") as folder:
        if scheme == "https":
            files = certify(Path(folder))
            command += ["--tls-cert", str(files.certificate), "--tls-key", str(files.key)]
            trust = {"REQUESTS_CA_BUNDLE": str(files.bundle)}
        with (
            running([*command, "--log-level", "warning"], port, environ),
            mock.patch.dict(os.environ, trust),
        ):
            yield Emulated(f"{scheme}://127.0.0.1:{port}")
