"""What a line of the log looks like, and what it never says."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from sentry_twilio.server.logs import JsonFormatter, TextFormatter, mask_all, mask_text

NUMBER, MASKED = "+14155550144", "+1415•••••44"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (NUMBER, MASKED),
        (f"to {NUMBER}, or", f"to {MASKED}, or"),
        (f"whatsapp:{NUMBER}", f"whatsapp:{MASKED}"),
        (f"twilio:AC1:{NUMBER}", f"twilio:AC1:{MASKED}"),
        ("+4915112345678", "+4915•••••••78"),
        ("+1 (415) 555-0144", MASKED),
        ("+1.415.555.0144", MASKED),
        ("/Messages.json?To=%2B14155550144&x=1", f"/Messages.json?To={MASKED}&x=1"),
        ("?To=%2b14155550144", f"?To={MASKED}"),
        ("?To=14155550144&From=14155550155", f"?To={MASKED}&From=+1415•••••55"),
        ("+1234567", "+•••••67"),
        (f"{NUMBER}{NUMBER}", f"{MASKED}{MASKED}"),
    ],
)
def test_numbers_are_masked(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21 11:39:58,123 INFO",
        "2026-11-21T11:39:58.123+00:00",
        "2026-11-21 11:39:58 +0100",
        "SM" + "0123456789" * 3 + "12",
        "1763725198123",
        "21610: 3 of 100",
        "C++ 17",
        "+123456",
        "a+b",
    ],
)
def test_other_figures_are_left_alone(text: str) -> None:
    assert mask_text(text) == text


def test_it_reaches_into_what_json_can_hold() -> None:
    assert mask_all({"a": [NUMBER, {"b": (NUMBER, 7, None)}], "c": 1.5}) == {
        "a": [MASKED, {"b": [MASKED, 7, None]}],
        "c": 1.5,
    }


@pytest.fixture(params=[TextFormatter, JsonFormatter])
def log(request: pytest.FixtureRequest) -> Iterator[tuple[logging.Logger, Callable[[], str]]]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(request.param())
    logger = logging.getLogger("tests.logs")
    logger.addHandler(handler)
    logger.propagate = False
    logger.setLevel("DEBUG")
    yield logger, written.getvalue
    logger.removeHandler(handler)


def test_message_arguments_and_traceback_are_masked(
    log: tuple[logging.Logger, Callable[[], str]],
) -> None:
    logger, written = log
    try:
        raise ValueError(f"{NUMBER} is no number")  # noqa: TRY301
    except ValueError:
        logger.exception("It failed for %s", NUMBER, stack_info=True)
    logger.info("To %(to)s", {"to": NUMBER})
    assert "4155550144" not in written().replace('raise ValueError(f"{NUMBER}', "")
    assert written().count(MASKED) == 3


@pytest.fixture
def json_line() -> Callable[..., dict[str, Any]]:
    def json_line(message: str, *args: object, **extra: object) -> dict[str, Any]:
        record = logging.makeLogRecord(
            {"name": "x", "msg": message, "args": args, "levelname": "INFO"} | extra
        )
        line = JsonFormatter().format(record)
        assert "\n" not in line
        found: dict[str, Any] = json.loads(line)
        return found

    return json_line


def test_a_json_line_says_when_who_and_what(json_line: Callable[..., dict[str, Any]]) -> None:
    line = json_line("Two\nlines of %s", "ünïcode", delivery=7, outcome="accepted", secret="x")
    at = datetime.fromisoformat(line.pop("time"))
    assert at.tzinfo == UTC
    assert abs((datetime.now(UTC) - at).total_seconds()) < 60
    assert line == {
        "level": "INFO",
        "logger": "x",
        "message": "Two\nlines of ünïcode",
        "delivery": 7,
        "outcome": "accepted",
    }


def test_what_json_cannot_hold_is_written_as_text(
    json_line: Callable[..., dict[str, Any]],
) -> None:
    assert json_line("x", code=datetime(2026, 1, 2, tzinfo=UTC))["code"].startswith("2026-01-02")


SCRIPT = """
import logging, django
django.setup()
logging.getLogger("urllib3.connectionpool").debug("GET /Messages.json?To=%2B14155550144")
logging.getLogger("django.request").error("django +14155550144")
logging.getLogger("django.server").info("server +14155550144")
logging.getLogger("sentry_twilio.x").debug("ours +14155550144")
"""


@pytest.mark.parametrize(("form", "start"), [("json", "{"), ("text", "2")])
def test_the_host_s_own_loggers_all_go_through_it(form: str, start: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={
            "DJANGO_SETTINGS_MODULE": "sentry_twilio.server.settings",
            "LOG_FORMAT": form,
            "LOG_LEVEL": "DEBUG",
            "DEBUG": "yes",  # Django has a handler of its own then
            "HOME": "/nonexistent",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    lines = [line for line in done.stderr.splitlines() if "•" in line]
    assert [line.count("+1415•••••44") for line in lines] == [1, 1, 1]
    assert all(line.startswith(start) for line in lines)
    assert "5550144" not in done.stderr
    assert "Messages.json" not in done.stderr
