from __future__ import annotations

import re
from pathlib import Path

import pytest

from sentry_twilio.console.exits import Exit, explain, of_error, of_outcome, worst
from sentry_twilio.core import Accepted, ApiError, Refused, Unknown
from sentry_twilio.server.commands import PORT_IN_USE

PAGE = Path(__file__).parent.parent.parent / "docs" / "cli.md"


def error(status: int | None, code: int | None = None, processed: bool = False) -> ApiError:
    body = {"code": code, "message": "No such thing"} if code else None
    return ApiError("It failed.", status=status, body=body, may_have_been_processed=processed)


def test_the_docs_list_each_status_once() -> None:
    table = PAGE.read_text().split("## Exit status")[1]
    listed = [int(number) for number in re.findall(r"^\| (\d) \|", table, re.MULTILINE)]
    assert listed == sorted({*Exit, PORT_IN_USE})


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Accepted("SM1"), Exit.OK),
        (Refused(21610, "recipient", ""), Exit.REFUSED),
        (Refused(63038, "config", ""), Exit.REFUSED),
        (Refused(20429, "rate_limited", ""), Exit.NOT_NOW),
        (Refused(None, "transient", ""), Exit.NOT_NOW),
        (Unknown(""), Exit.UNKNOWN),
    ],
)
def test_it_tells_outcomes_apart(outcome: Accepted | Refused | Unknown, code: Exit) -> None:
    assert of_outcome(outcome) is code


@pytest.mark.parametrize(
    ("failed", "changing", "code"),
    [
        (error(500, processed=True), True, Exit.UNKNOWN),
        (error(500, processed=True), False, Exit.NOT_NOW),
        (error(None), True, Exit.NOT_NOW),
        (error(429, 20429), True, Exit.NOT_NOW),
        (error(429), False, Exit.NOT_NOW),
        (error(401, 20003), False, Exit.REFUSED),
        (error(400, 99999), True, Exit.REFUSED),
    ],
)
def test_it_tells_errors_apart(failed: ApiError, changing: bool, code: Exit) -> None:
    assert of_error(failed, changing) is code


def test_the_worst_decides() -> None:
    assert worst([]) is Exit.OK
    assert worst([Exit.NOT_NOW, Exit.NOT_NOW]) is Exit.NOT_NOW
    # Repeating the command would text the first one again.
    assert worst([Exit.OK, Exit.NOT_NOW]) is Exit.UNKNOWN
    assert worst([Exit.NOT_NOW, Exit.REFUSED]) is Exit.REFUSED
    assert worst([Exit.REFUSED, Exit.UNKNOWN, Exit.OK]) is Exit.UNKNOWN


def test_it_explains_in_our_words_or_else_in_twilios() -> None:
    assert "(Twilio error 20003)" in explain(error(401, 20003))
    assert explain(error(400, 99999)) == (
        "It failed. It says: No such thing "
        "(Twilio error 99999, https://www.twilio.com/docs/api/errors/99999)"
    )
    assert explain(error(None)) == "It failed."
