import json
import re
from pathlib import Path

import pytest

from sentry_twilio.twilio import codes

# Every code that sending a message can meet, with what Twilio's own description makes of it.
LISTED = {
    row["code"]: row["class"].removeprefix("permanent_")
    for row in json.loads(
        (Path(__file__).parent.parent / "data" / "twilio_error_codes.json").read_text("utf-8")
    )
}
# Where what follows from a code is not what its description suggests.
OURS = {
    20429: "rate_limited",  # the one code after which the same request may be repeated at once
    21408: "recipient",  # only this recipient's country is closed; the others get theirs
    21609: "message",  # bad for the report, not for the project: it is sent without the callback
    21619: "message",  # the text is missing, as with 21602
    21658: "message",  # what is too long is the body or a template's variable
    30010: "config",  # a maximum price that somebody has set
    30025: "transient",  # a warning; the message itself went out
    30026: "transient",
    30409: "message",  # about a cancellation, so nothing is wrong with the settings
}


def test_every_code_that_sending_can_meet_is_explained():
    assert len(LISTED) == 167
    assert set(LISTED) - set(codes.all_codes()) == set()


@pytest.mark.parametrize("code", sorted(LISTED))
def test_the_kind_is_what_follows_from_the_code(code):
    assert codes.all_codes()[code].kind == OURS.get(code, LISTED[code])


def test_each_explanation_is_a_sentence_and_a_next_step():
    for row in codes.all_codes().values():
        for text in (row.meaning, row.next_step):
            assert re.fullmatch(r"[A-Z0-9][^\n]{15,160}[^ .]\.", text), text
            assert "  " not in text
        assert row.meaning != row.next_step
        assert row.explanation == f"{row.meaning} {row.next_step} (Twilio error {row.code})"
        assert row.page == f"https://www.twilio.com/docs/api/errors/{row.code}"


def test_explanations_are_free_of_what_only_engineers_know():
    jargon = re.compile(r"\b(HTTP|API|JSON object of|parameter [A-Z]\w+|GET|POST|endpoint|null)\b")
    found = [r.code for r in codes.all_codes().values() if jargon.search(r.meaning)]
    assert found == []


def test_each_code_is_there_once_and_in_order():
    path = Path(codes.__file__).parent / "error_codes.json"
    numbers = [row["code"] for row in json.loads(path.read_text("utf-8"))["codes"]]
    assert numbers == sorted(set(numbers))
    assert set(numbers) == set(codes.all_codes())


def test_an_unknown_code_has_no_explanation():
    assert codes.find(99999) is None
    assert codes.find(None) is None


def test_a_daily_cap_is_no_rate_limit_though_both_are_a_429():
    assert codes.find(63038).kind == "transient"
    assert codes.find(20429).kind == "rate_limited"
    assert [row.code for row in codes.all_codes().values() if row.kind == "rate_limited"] == [20429]
