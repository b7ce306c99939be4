from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentry_twilio.emulator.testing import RunningEmulator

from .processes import Broker, Host


@pytest.fixture
def twilio() -> Iterator[RunningEmulator]:
    with RunningEmulator() as twilio:
        yield twilio


@pytest.fixture
def host(tmp_path: Path, twilio: RunningEmulator) -> Iterator[Host]:
    host = Host(tmp_path, twilio)
    yield host
    host.end()


@pytest.fixture
def broker() -> Iterator[Broker]:
    if not os.environ.get("TEST_REDIS_URL") or shutil.which("redis-server") is None:
        pytest.skip("`.ci/services redis` installs a Redis and sets TEST_REDIS_URL")
    pytest.importorskip("redis")
    broker = Broker()
    broker.start()
    yield broker
    broker.kill()
