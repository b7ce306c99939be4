from __future__ import annotations

import requests

from sentry_twilio.emulator.pytest_plugin import twilio_emulator  # noqa: F401
from sentry_twilio.emulator.testing import RunningEmulator


def test_the_fixture_answers_on_a_port_of_its_own(
    twilio_emulator: RunningEmulator,  # noqa: F811
) -> None:
    with RunningEmulator() as other:
        assert other.base_url != twilio_emulator.base_url
    url = f"{twilio_emulator.base_url}/emulator/stats"
    assert requests.get(url, timeout=5).json()["requests"] == 0
