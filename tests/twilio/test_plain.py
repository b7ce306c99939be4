import unicodedata

import pytest

from sentry_twilio.twilio.plain import REPLACEMENTS, joined, plain
from sentry_twilio.twilio.segments import measure


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“don’t” – „doch“", '"don\'t" - "doch"'),
        ("a\xa0b\tc\u202fd", "a b c d"),  # one blank for one blank
        ("wait…", "wait..."),
        ("`name` is not defined", "'name' is not defined"),
        ("a → b ≠ c", "a -> b != c"),
        ("−5 × 3", "-5 x 3"),
        ("ｆｕｌｌ！", "full!"),
    ],
)
def test_what_has_a_plain_form_gets_it(text, expected):
    assert plain(text) == expected


@pytest.mark.parametrize("text", ["ç á ł ж 漢 ñ é", "e\u0301", "👨‍👩‍👧‍👦", "{[~|^€]}"])
def test_letters_and_what_is_no_dearer_stay(text):
    assert plain(text) == text


def test_a_letter_is_never_replaced():
    # Ligatures and letters of full width are ways to write ASCII letters.
    letters = {c for c in REPLACEMENTS if unicodedata.category(c) in ("Lu", "Ll", "Lo")}
    assert all(unicodedata.normalize("NFKC", c) == REPLACEMENTS[c] for c in letters)


def test_only_what_would_cost_more_is_replaced():
    assert {measure(character).encoding for character in REPLACEMENTS} == {"UCS-2"}
    assert {measure(form).encoding for form in REPLACEMENTS.values()} == {"GSM-7"}


def test_an_accent_is_joined_with_its_letter_where_that_is_one_character():
    assert joined("cafe\u0301") == "café"
    assert measure(joined("cafe\u0301")).encoding == "GSM-7"
