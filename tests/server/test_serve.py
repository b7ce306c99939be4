"""Who sends where a broker is set, and where none is."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from sentry_twilio import cli
from sentry_twilio.server import serve

BROKER = "redis://127.0.0.1:6379/0"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("broker", "options", "sends"),
    [
        ("", [], True),
        ("", ["--no-worker"], False),
        (BROKER, [], False),
        (BROKER, ["--worker"], True),
    ],
)
def test_the_host_sends_unless_celery_does_or_it_is_told_otherwise(
    broker: str,
    options: list[str],
    sends: bool,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.CELERY_BROKER_URL = broker
    served: list[bool] = []
    monkeypatch.setattr(serve, "serve", lambda *a, with_worker: served.append(with_worker))
    ended = CliRunner().invoke(cli.cli, ["serve", "--no-migrate", *options])
    assert (ended.exit_code, served) == (0, [sends]), ended.output
