"""A pytest fixture: `pytest_plugins = ["sentry_twilio.emulator.pytest_plugin"]`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sentry_twilio.emulator.testing import RunningEmulator


@pytest.fixture
def twilio_emulator() -> Iterator[RunningEmulator]:
    """An emulator of the test's own, on a free port of loopback."""
    with RunningEmulator() as running:
        yield running
