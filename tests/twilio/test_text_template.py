"""A project's own text."""

import grapheme
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentry_twilio.twilio.sanitize import first_line
from sentry_twilio.twilio.segments import measure
from sentry_twilio.twilio.template import FIELDS
from sentry_twilio.twilio.text import compose
from tests.twilio.composing import ALL_TEXTS, FULL, URL, alert

OWN = "{level} in {project} [{environment}]: {title} ({culprit}, {release}, rule: {rule}) {link}"
TEMPLATES = st.one_of(
    st.just(""),
    st.lists(
        st.sampled_from(
            [*(f"{{{name}}}" for name in FIELDS), " ", "(", ")", ": ", "\n", "„", "ж", "Alert " * 9]
        ),
        max_size=14,
    ).map("".join),
)


def test_an_own_text_is_used_instead():
    text = compose(alert(times_seen=3, **FULL), own="{count}x {title} ({rule})")
    assert text == "3x ZeroDivisionError: division by zero (Night)"


def test_the_link_is_empty_where_it_is_switched_off():
    assert compose(alert(**FULL), own="{title} <{link}>") == "ZeroDivisionError: division by zero"


@pytest.mark.parametrize("own", ["{rule}", "{link}", "({culprit})", " ", "{oops", "{title.x}"])
def test_an_own_text_that_says_nothing_gives_way_to_the_usual_one(own):
    assert compose(alert(), own=own) == compose(alert())


def test_a_value_cannot_bring_in_a_link():
    text = compose(
        alert("x", culprit="evil.com", environment="www.evil", release="a@evil.com/1"),
        own="{culprit} {environment} {release}",
    )
    assert text == "evil .com www .evil a@evil .com/1"


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (43, "ERROR in My Shop [production]: {} (shop.views.checkout, shop-1.2.3, rule: Night) {}"),
        (50, "ERROR in My Shop [production]: {} (shop.views.checkout, shop-1.2.3) {}"),
        (60, "ERROR in My Shop [production]: {} (shop.views.checkout) {}"),
        (75, "ERROR in My Shop: {} (shop.views.checkout) {}"),
        (95, "ERROR in My Shop: {} {}"),
    ],
)
def test_the_least_important_field_goes_first(length, text):
    title = "x" * length
    assert compose(alert(title, **FULL), link=True, own=OWN) == text.format(title, URL)


def test_then_the_title_is_shortened():
    text = compose(alert("x" * 500, **FULL), link=True, own=OWN)
    assert text.startswith("ERROR in My Shop: xxx")
    assert text.endswith(f"x... {URL}")
    assert len(text) == 160


def test_then_the_link_goes():
    url = "https://alerts.example.com/" + "y" * 110
    text = compose(alert("x" * 500, **{**FULL, "url": url}), link=True, own=OWN)
    assert text == "ERROR in My Shop: " + "x" * (160 - 18 - 3) + "..."


def test_the_project_is_the_last_to_be_cut():
    text = compose(alert("x" * 500, "P" * 200, **FULL), link=True, own=OWN)
    assert text == "ERROR in " + "P" * (160 - 9 - 3) + "..."


@given(
    ALL_TEXTS, ALL_TEXTS, TEMPLATES, st.integers(1, 4), st.tuples(*[st.booleans()] * 4), ALL_TEXTS
)
def test_no_text_ever_costs_more_than_the_budget(title, name, own, budget, switches, culprit):
    link, plain, smart, trial = switches
    about = alert(title, name, **{**FULL, "culprit": culprit})
    text = compose(about, budget, link, own=own, plain=plain, smart=smart, trial=trial)
    whole = "Sent from your Twilio trial account - " * trial + text
    assert text
    assert len(whole) <= 1600
    assert measure(whole).count <= budget
    if smart:
        assert measure(whole, smart=True).count <= budget


@given(ALL_TEXTS, st.integers(1, 3), st.booleans())
def test_an_own_text_splits_no_grapheme(title, budget, smart):
    whole = first_line(title)
    text = compose(alert(title), budget, own="<{title}>", smart=smart)[1:-1]
    if text != whole:
        cut = len(text) - 3
        assert whole.startswith(text[:cut])
        assert grapheme.safe_split_index(whole, cut) == cut


@given(ALL_TEXTS, st.integers(1, 3), st.tuples(*[st.booleans()] * 3), st.sampled_from(["", "own"]))
def test_composing_what_was_composed_changes_nothing(title, budget, switches, kind):
    plain, smart, trial = switches
    head = "Sentry [My Shop] ERROR: "
    own = head.replace("My Shop", "{project}") + "{title}" if kind else ""
    options = {"own": own, "plain": plain, "smart": smart, "trial": trial}
    once = compose(alert(title), budget, **options)
    assert compose(alert(once.removeprefix(head)), budget, **options) == once
