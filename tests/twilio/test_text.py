"""The default text of an alert."""

import grapheme
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentry_twilio.twilio.sanitize import clean, first_line
from sentry_twilio.twilio.segments import measure
from sentry_twilio.twilio.text import compose
from tests.twilio.composing import ONE_SEGMENT, TEXTS, URL, alert


def test_it_is_exactly_the_default_text_where_that_fits():
    text = compose(alert("ValueError: no\nTraceback follows", level="fatal"))
    assert text == "Sentry [My Shop] FATAL: ValueError: no"


def test_a_text_of_exactly_one_segment_is_left_whole():
    head = "Sentry [My Shop] ERROR: "
    title = "x" * (ONE_SEGMENT - len(head))
    assert compose(alert(title)) == head + title


def test_a_longer_text_is_cut_and_ends_in_three_dots():
    text = compose(alert("x" * 500))
    assert len(text) == ONE_SEGMENT
    assert text.endswith("x...")


def test_more_segments_hold_more_text():
    text = compose(alert("x" * 500), budget=2)
    assert len(text) == 2 * 153 - 2


def test_an_accent_goes_with_its_letter():
    text = compose(alert("e\u0301" * 100))
    assert text.endswith("e\u0301...")
    assert len(text) <= 70


def test_text_before_the_first_odd_letter_is_not_cut_more_than_needed():
    text = compose(alert("x" * 130 + "ж" * 100))
    assert text.endswith("x" * 130 + "...")


def test_no_body_has_more_than_1600_characters():
    text = compose(alert("z" + "\u0301" * 5000), budget=10)
    assert len(text) <= 1600


@pytest.mark.parametrize("budget", [-1, 0, 1])
def test_a_budget_is_at_least_one_segment(budget):
    assert measure(compose(alert("x" * 500), budget=budget)).count == 1


def test_a_budget_is_at_most_ten_segments():
    assert measure(compose(alert("x" * 5000), budget=99)).count == 10


def test_a_link_follows_where_there_is_room():
    text = compose(alert(url=URL), link=True)
    assert text == f"Sentry [My Shop] ERROR: ZeroDivisionError: division by zero {URL}"


def test_there_is_no_link_unless_it_is_wanted():
    assert URL not in compose(alert(url=URL))


def test_a_long_title_makes_room_for_the_link():
    text = compose(alert("x" * 500, url=URL), link=True)
    assert text.endswith(f"x... {URL}")
    assert len(text) == ONE_SEGMENT


def test_a_link_that_would_leave_no_title_is_left_out():
    text = compose(alert("x" * 500, url="https://alerts.example.com/" + "y" * 110), link=True)
    assert text == compose(alert("x" * 500))


def test_a_link_never_costs_a_title_that_would_fit_without_it():
    long = alert("🔥🔥", url="https://alerts.example.com/issues/12345678/")
    assert compose(long, link=True) == "Sentry [My Shop] ERROR: 🔥🔥"


def test_a_link_longer_than_the_message_is_left_out():
    assert compose(alert(url="https://a.example/" + "y" * 500), link=True) == compose(alert())


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "https://a b", "https://a/\u202e"])
def test_what_is_no_web_address_is_no_link(url):
    assert compose(alert(url=url), link=True) == compose(alert())


def test_a_project_cannot_bring_in_lines_or_controls():
    assert compose(alert("x", name="a\nb\x07")) == "Sentry [a b] ERROR: x"


@given(TEXTS, TEXTS, st.integers(1, 10), st.booleans())
def test_it_never_costs_more_than_the_budget(title, name, budget, link):
    text = compose(alert(title, name, url=URL), budget=budget, link=link)
    assert measure(text).count <= budget
    assert len(text) <= 1600
    assert clean(text) == text.strip()


@given(TEXTS, st.integers(1, 3))
def test_it_never_splits_a_grapheme(title, budget):
    text = compose(alert(title), budget=budget)
    whole = f"Sentry [My Shop] ERROR: {first_line(title)}"
    if text != whole:
        cut = len(text) - 3
        assert whole.startswith(text[:cut])
        assert grapheme.safe_split_index(whole, cut) == cut


@given(TEXTS, st.integers(1, 3))
def test_cutting_again_changes_nothing(title, budget):
    head = "Sentry [My Shop] ERROR: "
    once = compose(alert(title), budget=budget)
    assert compose(alert(once.removeprefix(head)), budget=budget) == once


def test_the_prefix_of_a_trial_account_takes_room():
    text = compose(alert("x" * 500), trial=True)
    assert len(text) == ONE_SEGMENT - len("Sent from your Twilio trial account - ")
