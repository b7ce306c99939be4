from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from sentry_twilio.core import Refused, Unknown
from sentry_twilio.delivery.models import Attempt, Delivery

from .provider import FakePlugin

Work = Callable[[], int]


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[logging.LogRecord]]:
    caplog.set_level(logging.INFO)

    def lines() -> list[logging.LogRecord]:
        return [r for r in caplog.records if r.name == "sentry_twilio.delivery.attempt_log"]

    return lines


def test_an_attempt_is_one_line_with_fields_and_without_number_and_text(
    delivery: Delivery, work: Work, lines: Callable[[], list[logging.LogRecord]]
) -> None:
    work()
    (line,) = lines()
    assert line.getMessage() == f"Delivery {delivery.pk} was accepted after 0.100 s."
    said = {"delivery": delivery.pk, "project": delivery.project_id, "outcome": "accepted"}
    said |= {"attempt": Attempt.objects.get().pk, "code": None, "seconds": 0.1}
    assert {name: getattr(line, name) for name in said} == said
    assert line.levelno == logging.INFO
    assert delivery.recipient not in str(vars(line))
    assert delivery.body not in str(vars(line))


def test_it_names_the_code_of_a_refusal(
    delivery: Delivery,
    plugin: FakePlugin,
    work: Work,
    lines: Callable[[], list[logging.LogRecord]],
) -> None:
    plugin.provider.script = lambda message, number: Refused(21211, "recipient", "No such number.")
    work()
    assert lines()[0].getMessage() == (
        f"Delivery {delivery.pk} was refused after 0.100 s: No such number."
    )
    assert lines()[0].code == 21211  # type: ignore[attr-defined]


def test_a_question_is_no_line(
    delivery: Delivery,
    plugin: FakePlugin,
    work: Work,
    lines: Callable[[], list[logging.LogRecord]],
) -> None:
    plugin.provider.script = lambda message, number: Unknown("It hung up.")
    work()
    Delivery.objects.update(due_at=delivery.due_at)
    assert work() == 1
    assert [line.outcome for line in lines()] == ["unknown"]  # type: ignore[attr-defined]
