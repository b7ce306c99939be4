"""A small round of `make chaos`: everything goes wrong at once, and nothing is lost or doubled."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest

from tests.chaos.__main__ import main, run
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


def test_with_the_caps_on_every_alert_is_in_a_message_or_in_a_digest(
    setup: SetUp, tmp_path: Path
) -> None:
    tally = run(dataclasses.replace(SMALL, caps=True), setup, tmp_path)
    assert tally.is_clean, "\n".join(tally.findings)
    assert tally.digested >= 30


@pytest.mark.parametrize(("options", "code"), [([], 1), (["--skip-missing"], 0)])
@pytest.mark.parametrize("name", ["postgresql-threads", "postgresql-celery"])
def test_a_set_up_that_cannot_be_played_is_no_success_unless_that_was_asked_for(
    name: str,
    options: list[str],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    monkeypatch.delenv("TEST_REDIS_URL", raising=False)
    assert main([name, "--caps", "on", *options]) == code
    assert "not run: TEST_" in capsys.readouterr().out
