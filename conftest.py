"""Fixtures for every test. Test traffic goes to loopback only."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest
from hypothesis import settings

# A change is judged by the same examples each time; chance looks for new ones at the desk.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

_real_connect = socket.socket.connect


def _loopback_only(self: socket.socket, address: object) -> None:
    host = address[0] if isinstance(address, tuple) else "local"
    if self.family in (socket.AF_INET, socket.AF_INET6) and not (
        str(host).startswith("127.") or host in ("::1", "localhost")
    ):
        raise AssertionError(f"A test tried to reach {host}; tests talk to loopback only.")
    _real_connect(self, address)


@pytest.fixture(autouse=True, scope="session")
def no_traffic_beyond_loopback() -> Iterator[None]:
    """Fail whatever would leave the machine."""
    socket.socket.connect = _loopback_only  # type: ignore[method-assign,assignment]
    yield
    socket.socket.connect = _real_connect  # type: ignore[method-assign]
