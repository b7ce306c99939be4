import json
from pathlib import Path

import pytest

from sentry_twilio.twilio import codes

# What an alert meets; the classes of our reading are compared where both have an opinion.
NEEDED = [
    *(14107, 20001, 20003, 20005, 20006, 20008, 20404, 20429, 63038),
    *(21211, 21212, 21408, 21601, 21602, 21603, 21604, 21605, 21606, 21607, 21608, 21609),
    *(21610, 21611, 21612, 21614, 21616, 21617, 21619, 21620, 21703),
    *(30001, 30002, 30003, 30004, 30005, 30006, 30007, 30008, 30032, 30034, 30036, 30410, 30450),
]


@pytest.mark.parametrize("code", NEEDED)
def test_each_code_that_an_alert_meets_is_explained(code):
    row = codes.find(code)
    assert row is not None
    assert row.meaning.endswith(".")
    assert row.next_step.endswith(".")
    assert str(code) in row.explanation
    assert row.page == f"https://www.twilio.com/docs/api/errors/{code}"


def test_each_code_is_there_once():
    path = Path(codes.__file__).parent / "error_codes.json"
    numbers = [row["code"] for row in json.loads(path.read_text("utf-8"))["codes"]]
    assert numbers == sorted(set(numbers))
    assert set(numbers) == set(codes.all_codes())


def test_an_unknown_code_has_no_explanation():
    assert codes.find(99999) is None
    assert codes.find(None) is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (20003, "config"),
        (20429, "rate_limited"),
        (63038, "transient"),
        (21610, "recipient"),
        (21617, "message"),
        (30007, "message"),
        (21609, "message"),  # bad for the report, not for the project
    ],
)
def test_the_kind_says_whose_fault_it_is(code, kind):
    assert codes.find(code).kind == kind
