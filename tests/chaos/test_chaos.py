"""A small round of `make chaos`: everything goes wrong at once, and nothing is lost or doubled."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.chaos.__main__ import run
from tests.chaos.round import Round
from tests.chaos.setups import SetUp

SMALL = Round(
    alerts=30, spread=3.0, trouble=5.0, kill_every=2.0, hurry=20.0, limit=150.0, caps=False, seed=7
)


@pytest.fixture
def setup(monkeypatch: pytest.MonkeyPatch) -> SetUp:
    """With PostgreSQL where the tests run on it, otherwise with SQLite."""
    url = os.environ.get("DATABASE_URL", "")
    monkeypatch.setenv("TEST_DATABASE_URL", url)
    return SetUp(postgresql=url.startswith("postgres"))


def test_nothing_is_lost_or_doubled_while_twilio_fails_and_workers_are_killed(
    setup: SetUp, tmp_path: Path
) -> None:
    tally = run(SMALL, setup, tmp_path)
    assert tally.is_clean, "\n".join(tally.findings)
    assert (tally.alerts, tally.deliveries) >= (30, 120)
    assert tally.kills >= 1
    assert tally.looked_up >= 1, "nothing went wrong, so nothing was shown"
