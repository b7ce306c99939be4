"""Plain forms, and what a phone must not take for a link."""

import grapheme
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentry_twilio.twilio.plain import joined
from sentry_twilio.twilio.plain import plain as spell_plain
from sentry_twilio.twilio.sanitize import first_line
from sentry_twilio.twilio.segments import measure
from sentry_twilio.twilio.text import compose
from tests.twilio.composing import ALL_TEXTS, ONE_SEGMENT, alert


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("see https://evil.example/x", "see https: //evil .example/x"),
        ("pay at evil.com", "pay at evil .com"),
        ("OperationalError: no such table", "OperationalError: no such table"),
    ],
)
def test_a_link_in_a_title_is_none_on_a_phone(title, shown):
    assert compose(alert(title)) == f"Sentry [My Shop] ERROR: {shown}"


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("×.com/login", "x .com/login"),
        ("fa✕.com", "fax .com"),
        ("evil.×yz/a", "evil .xyz/a"),
        ("№.com", "No .com"),
        ("evil.№", "evil .No"),
        ("cafe\u0301.com/pay", "café .com/pay"),
    ],
)
def test_another_spelling_makes_no_link(title, shown):
    text = compose(alert(title, culprit=title), plain=True, own="{title}, {culprit}")
    assert text == f"{shown}, {shown}"


def test_a_cut_makes_no_link():
    title = "x" * (ONE_SEGMENT - len("Sentry [My Shop] ERROR: evil.com...") - 1) + " evil.comx" * 9
    assert compose(alert(title)).endswith("x evil...")


@pytest.mark.parametrize("hidden", [*"\u200b\u200c\u200d\ufeff\u2060\xad\u034f\ufe0f\U000e0041"])
def test_what_has_no_width_hides_no_link(hidden):
    assert compose(alert(f"evil{hidden}.com")).endswith("ERROR: evil .com")


def test_plain_forms_keep_a_text_in_gsm_7():
    text = compose(alert("can’t open “a.cfg” – gone…"), plain=True)
    assert text == 'Sentry [My Shop] ERROR: can\'t open "a.cfg" - gone...'


def test_without_plain_forms_a_text_stays_as_it_is():
    assert compose(alert("can’t")) == "Sentry [My Shop] ERROR: can’t"


@pytest.mark.parametrize("title", ["„Нет“ – ошибка…", "サーバー　停止。「500」", "“ł”"])
def test_a_text_that_needs_ucs_2_is_left_whole(title):
    assert compose(alert(title), plain=True) == f"Sentry [My Shop] ERROR: {title}"


def test_what_is_cut_off_does_not_keep_a_text_from_being_plain():
    text = compose(alert("“" + "x" * 200 + "ж"), plain=True)
    assert measure(text).encoding == "GSM-7"
    assert len(text) == ONE_SEGMENT


@given(ALL_TEXTS, st.integers(1, 3), st.booleans(), st.booleans())
def test_no_spelling_splits_a_grapheme(title, budget, smart, trial):
    text = compose(alert(title), budget, plain=True, smart=smart, trial=trial)
    for spell in (joined, lambda value: spell_plain(joined(value))):
        whole = f"Sentry [My Shop] ERROR: {spell(first_line(title))}"
        cut = len(text) - 3
        if text == whole or (
            whole.startswith(text[:cut]) and grapheme.safe_split_index(whole, cut) == cut
        ):
            return
    pytest.fail(text)
