import json
from pathlib import Path

import grapheme
import pytest
from grapheme.grapheme_property_group import GraphemePropertyGroup, get_group
from hypothesis import given
from hypothesis import strategies as st

from sentry_twilio.twilio import segments
from sentry_twilio.twilio.segments import fit, measure
from sentry_twilio.twilio.smart import REPLACEMENTS, smart_encode

CORPUS = json.loads((Path(__file__).parent.parent / "data" / "segments.json").read_text("utf-8"))

# What tips the balance: two-septet characters, accents, flags, families, line breaks.
TRICKY_PIECES = [
    "a",
    " ",
    "{",
    "€",
    "\r\n",
    "\r",
    "ж",
    "漢",
    "e\u0301",
    "😀",
    "🇩🇪",
    "👨‍👩‍👧‍👦",
    "x" * 60,
    "[" * 40,
]
TRICKY = st.lists(st.sampled_from(TRICKY_PIECES), max_size=60).map("".join)
TEXTS = st.one_of(TRICKY, st.text(max_size=400))
BUDGETS = st.integers(1, 4)
SMART = st.lists(
    st.sampled_from([*REPLACEMENTS, *TRICKY_PIECES, "\u200b" * 50, "\xbd" * 50]), max_size=60
).map("".join)


@pytest.mark.parametrize(
    "row", CORPUS["messages"], ids=lambda row: f"{row['category']}-{row['id']}"
)
def test_it_counts_as_twilios_calculator_does(row):
    result = measure(row["text"])
    assert (result.encoding, result.count) == (row["plain"]["encoding"], row["plain"]["segments"])


@pytest.mark.parametrize(
    "row", CORPUS["messages"], ids=lambda row: f"{row['category']}-{row['id']}"
)
def test_it_counts_smart_encoded_text_as_twilios_calculator_does(row):
    result = measure(row["text"], smart=True)
    assert (result.encoding, result.count) == (row["smart"]["encoding"], row["smart"]["segments"])
    assert smart_encode(row["text"]) == row["smart"].get("text", row["text"])


def test_an_empty_message_is_one_segment():
    assert measure("") == segments.Measure("GSM-7", 1)


def test_the_alphabet_has_the_137_characters_of_gsm_7():
    assert len(segments._BASIC) == len(set(segments._BASIC)) == 127
    assert len(segments._EXTENSION) == len(set(segments._EXTENSION)) == 10


def test_what_is_not_looked_at_by_grapheme_never_joins():
    groups = {
        get_group(chr(point)) for point in range(0x20000) if not segments._JOINING.match(chr(point))
    }
    alone = {"OTHER", "CONTROL", "LF", "EXTENDED_PICTOGRAPHIC", "LV", "LVT"}
    assert groups == {GraphemePropertyGroup[name] for name in alone}


@given(TEXTS)
def test_the_fast_count_is_the_slow_count(text):
    encoding = measure(text).encoding
    sizes = [size for _, size in segments._pieces(text, encoding)]
    assert measure(text).count == ([1, *segments._pack(sizes, encoding)])[-1]


@given(TEXTS, BUDGETS)
def test_a_fitted_text_is_a_prefix_within_the_budget(text, budget):
    fitted = fit(text, budget)
    assert text.startswith(fitted)
    assert measure(fitted).count <= budget


@given(TEXTS, BUDGETS)
def test_fitting_never_splits_a_grapheme(text, budget):
    assert grapheme.safe_split_index(text, len(fit(text, budget))) == len(fit(text, budget))


@given(TEXTS, BUDGETS)
def test_fitting_again_changes_nothing(text, budget):
    once = fit(text, budget)
    assert fit(once, budget) == once


@given(TEXTS, BUDGETS)
def test_no_longer_prefix_would_fit(text, budget):
    fitted = fit(text, budget)
    end = len(fitted)
    for piece in grapheme.graphemes(text[end:]):
        end += len(piece)
        assert measure(text[:end]).count > budget


@pytest.mark.parametrize(
    ("text", "budget", "length"),
    [
        ("a" * 161, 1, 160),
        ("a" * 400, 2, 306),
        ("ж" * 71, 1, 70),
        ("a" * 100 + "ж" * 100, 1, 100),  # twice as much fits before the first ж
        ("a" * 69 + "ж" * 10, 1, 70),
        ("a" * 99 + "e\u0301" * 10, 1, 99),  # the accent takes its letter along
        ("a" * 159 + "{", 1, 159),
        ("a" * 159 + "\r\n", 1, 159),
        ("a" * 10, 0, 0),
    ],
)
def test_it_fits_as_much_as_there_is_room_for(text, budget, length):
    assert fit(text, budget) == text[:length]


def test_a_text_of_megabytes_is_cut_without_reading_it_all():
    assert fit("漢" * 3_000_000, 1) == "漢" * 70
    assert fit("z" + "\u0301" * 3_000_000, 1) == ""


@given(TEXTS, BUDGETS)
def test_the_surplus_is_never_more_than_must_go(text, budget):
    surplus = segments.surplus(text, budget)
    if measure(text).count <= budget:
        assert surplus == 0
    elif surplus:
        assert measure(text[: len(text) - surplus + 1]).count > budget


@given(SMART, BUDGETS)
def test_a_text_fitted_as_smart_is_a_prefix_within_the_budget_once_encoded(text, budget):
    fitted = fit(text, budget, smart=True)
    assert text.startswith(fitted)
    assert measure(fitted, smart=True).count <= budget
    assert fit(fitted, budget, smart=True) == fitted
    assert grapheme.safe_split_index(text, len(fitted)) == len(fitted)


@given(SMART, BUDGETS)
def test_no_longer_prefix_would_fit_as_smart(text, budget):
    end = len(fit(text, budget, smart=True))
    for piece in grapheme.graphemes(text[end:]):
        end += len(piece)
        assert measure(text[:end], smart=True).count > budget


@pytest.mark.parametrize(
    ("text", "budget", "length"),
    [
        ("\u201c" * 200, 1, 160),  # a curly quote becomes a straight one
        ("\xbd" * 60, 1, 53),  # three characters each
        ("\t" * 60, 1, 22),  # seven blanks each
        ("\u200b" * 5000 + "a" * 200, 1, 5160),  # nothing at all
        ("漢…" * 40, 1, 35),  # one unit and three
        ("a" * 200, 1, 160),
        ("\u201c", 0, 0),
    ],
)
def test_what_smart_encoding_does_to_the_length_is_counted(text, budget, length):
    assert len(fit(text, budget, smart=True)) == length
