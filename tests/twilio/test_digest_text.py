from datetime import datetime, timedelta, timezone

import grapheme
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentry_twilio.core import LEVELS, Digest, Project
from sentry_twilio.twilio.digest_text import compose
from sentry_twilio.twilio.sanitize import clean, first_line
from sentry_twilio.twilio.segments import measure
from sentry_twilio.twilio.sent_text import TRIAL_PREFIX

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
URL = "https://alerts.example.com/d/17/"
TITLES = (("PaymentError: card declined", 38), ("TimeoutError", 2), ("KeyError: 'sku'", 1))
HEAD = "Sentry [Shop] FATAL: 41 alerts of 3 issues since 14:05 UTC"


def digest(titles=TITLES, name="Shop", alerts=41, issues=3, since=None, level="fatal", url=URL):
    since = since or NOW.replace(hour=14, minute=5)
    return Digest(Project(1, "shop", name), alerts, issues, since, level, tuple(titles), url)


def text_of(about, budget=1, link=False, **style):
    return compose(about, budget, link, now=NOW, **style)


def test_it_says_how_much_of_what_since_when_and_how_bad():
    assert text_of(digest()) == (
        f"{HEAD}: 38x PaymentError: card declined; 2x TimeoutError; KeyError: 'sku'"
    )


def test_the_link_is_at_its_end_where_it_is_wanted():
    titles = (("PaymentError: card declined", 38), ("TimeoutError", 3))
    assert text_of(digest(titles, issues=2), link=True) == (
        "Sentry [Shop] FATAL: 41 alerts of 2 issues since 14:05 UTC: "
        f"38x PaymentError: card declined; 3x TimeoutError {URL}"
    )
    assert URL not in text_of(digest())


@pytest.mark.parametrize(
    ("alerts", "issues", "titles", "said"),
    [
        (1, 1, [("KeyError", 1)], "1 alert of 1 issue since 14:05 UTC: KeyError"),
        (7, 1, [("KeyError", 7)], "7 alerts of 1 issue since 14:05 UTC: KeyError"),
        (2, 2, [("A", 1), ("B", 1)], "2 alerts of 2 issues since 14:05 UTC: A; B"),
        (9, 4, [("A", 5), ("B", 2)], "9 alerts of 4 issues since 14:05 UTC: 5x A; 2x B; 2 more"),
        (9, 4, [], "9 alerts of 4 issues since 14:05 UTC"),
        (9, 4, [("", 9)], "9 alerts of 4 issues since 14:05 UTC: 9x (no title); 3 more"),
    ],
)
def test_one_is_not_many(alerts, issues, titles, said):
    about = digest(titles, alerts=alerts, issues=issues)
    assert text_of(about) == f"Sentry [Shop] FATAL: {said}"


@pytest.mark.parametrize(
    ("since", "said"),
    [
        (datetime(2026, 11, 21, 0, 0, tzinfo=timezone.utc), "since 00:00 UTC"),
        (datetime(2026, 11, 20, 23, 59, 59, tzinfo=timezone.utc), "since 20 Nov 23:59 UTC"),
        (datetime(2026, 11, 21, 5, 30, tzinfo=timezone(timedelta(hours=9))), "20 Nov 20:30 UTC"),
        (datetime(2026, 5, 1, 7, 8, tzinfo=timezone.utc), "since 1 May 07:08 UTC"),
        (datetime(2026, 11, 22, 1, 0, tzinfo=timezone.utc), "since 22 Nov 01:00 UTC"),
    ],
)
def test_the_day_is_named_unless_it_is_today(since, said):
    assert said in text_of(digest(since=since))


def test_without_a_given_time_today_is_what_the_clock_says():
    moment = datetime.now(timezone.utc) - timedelta(days=2)
    assert f"since {moment.day} " in compose(digest(since=moment))


def test_long_titles_are_shortened_alike_and_short_ones_stay_whole():
    titles = [("a" * 90, 3), ("TimeoutError", 2), ("b" * 90, 1)]
    text = text_of(digest(titles))
    first, second, third = text.removeprefix(f"{HEAD}: ").split("; ")
    assert second == "2x TimeoutError"
    assert (first.strip("3x a"), third.strip("b")) == ("...", "...")
    assert len(first.removeprefix("3x ")) == len(third)
    assert measure(text).count == 1
    assert len(text) > 150


def test_the_last_titles_go_before_the_first_ones_say_nothing():
    titles = [(f"{letter * 90}", 9) for letter in "abcde"]
    text = text_of(digest(titles, issues=9, alerts=45))
    assert text.endswith("; 6 more")
    assert "9x " + "a" * 20 in text
    assert "9x " + "c" * 20 in text
    assert "ddd" not in text


def test_the_link_goes_before_the_first_title_says_nothing():
    long_link = "https://alerts.example.com/" + "y" * 80
    text = text_of(digest([("a" * 90, 41)], url=long_link), link=True)
    assert long_link not in text
    assert "a" * 60 in text


def test_a_long_name_is_shortened_before_the_titles_go():
    text = text_of(digest(name="A name of many words that leaves no room for anything at all" * 2))
    assert text.startswith("Sentry [A name of many words...] FATAL: 41 alerts of 3 issues since")
    assert "38x PaymentError: card" in text


def test_a_name_that_leaves_no_room_goes_and_the_rest_stays():
    text = text_of(digest(name="магазин" * 5), link=True, trial=True)
    assert text == (
        "Sentry FATAL: 41 alerts of 3 issues since 14:05 UTC: "
        f"38x PaymentError: card de...; 2 more {URL}"
    )


def test_a_project_without_a_name_has_no_empty_brackets():
    assert text_of(digest([], name="")) == "Sentry FATAL: 41 alerts of 3 issues since 14:05 UTC"


def test_titles_are_as_clean_as_those_of_alerts():
    titles = [("see https://evil.example/x\nmore", 2), ("\u202e“no”\x1b[31m", 1)]
    text = text_of(digest(titles, issues=2), budget=2, plain=True)
    assert text.endswith("""2x see https: //evil .example/x; "no\"""")


def test_no_spelling_makes_a_link_of_a_title():
    assert "x .com" in text_of(digest([("×.com", 1)]), plain=True)


def test_plain_forms_are_used_where_they_save_and_not_where_they_do_not():
    curly = [("can’t", 41)]
    assert "can't" in text_of(digest(curly), plain=True)
    assert "can’t" in text_of(digest(curly), budget=2)
    assert "can’t" in text_of(digest(curly, name="магазин"), budget=2, plain=True)


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "https://a b"])
def test_what_is_no_web_address_is_no_link(url):
    assert text_of(digest(url=url), link=True) == text_of(digest())


PIECES = st.sampled_from(
    [
        "error ",
        "“",
        "…",
        "½",
        "ж",
        "漢。",
        "e\u0301",
        "🇩🇪",
        "👨‍👩‍👧",
        "{",
        "evil.com ",
        "x" * 40,
        "\n",
    ]
)
WORDS = st.one_of(st.text(max_size=120), st.lists(PIECES, max_size=20).map("".join))
NUMBERS = st.integers(1, 10**9)
DIGESTS = st.builds(
    digest,
    titles=st.lists(st.tuples(WORDS, NUMBERS), max_size=6),
    name=WORDS,
    alerts=NUMBERS,
    issues=NUMBERS,
    since=st.timedeltas(timedelta(days=-4000), timedelta(days=4000)).map(lambda ago: NOW + ago),
    level=st.sampled_from(LEVELS),
    url=st.sampled_from(["", URL, "https://a.example/" + "y" * 120]),
)
STYLES = st.fixed_dictionaries(dict.fromkeys(("link", "plain", "smart", "trial"), st.booleans()))


@settings(deadline=None)
@given(DIGESTS, st.integers(1, 4), STYLES)
def test_it_never_costs_more_than_the_budget_and_its_numbers_are_whole(about, budget, style):
    text = text_of(about, budget, **style)
    whole = TRIAL_PREFIX * style["trial"] + text
    assert len(whole) <= 1600
    assert measure(whole).count <= budget
    if style["smart"]:
        assert measure(whole, smart=True).count <= budget
    alerts = f"{about.alerts} alert{'s' * (about.alerts != 1)}"
    issues = f"{about.issues} issue{'s' * (about.issues != 1)}"
    assert f" {about.level.upper()}: {alerts} of {issues} since " in text
    assert f" {about.since:%H:%M} UTC" in text
    assert clean(text) == text.strip()


@settings(deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=5), st.integers(1, 3), STYLES)
def test_no_title_is_cut_inside_a_grapheme(titles, budget, style):
    # Counts that no title has, so that they show where each begins.
    counted = [(title, 7_000_000 + n) for n, title in enumerate(titles)]
    text = text_of(digest(counted, issues=9), budget, **style | {"plain": False, "link": False})
    for title, count in counted:
        if f" {count}x " not in text:
            continue
        whole = first_line(title)
        shown = text.split(f" {count}x ")[1]
        if not shown.startswith(whole):
            cut = next(
                n for n, (a, b) in enumerate(zip(whole + "\0", shown, strict=False)) if a != b
            )
            dots = shown.index("...", max(0, cut - 3))
            assert grapheme.safe_split_index(whole, dots) == dots


@settings(deadline=None)
@given(WORDS, st.integers(1, 3), STYLES)
def test_a_link_is_whole_or_not_there(title, budget, style):
    text = text_of(digest([(title, 41)]), budget, **style | {"link": True})
    assert text.endswith(f" {URL}") or "https://" not in text
