import grapheme
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentry_twilio.core import Alert, Project
from sentry_twilio.twilio.plain import joined
from sentry_twilio.twilio.plain import plain as spell_plain
from sentry_twilio.twilio.segments import measure
from sentry_twilio.twilio.template import FIELDS
from sentry_twilio.twilio.text import clean, compose, first_line, shorten

ONE_SEGMENT = 160 - 2  # the brackets around the project cost two septets each
URL = "https://alerts.example.com/issues/1/"
TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from(["error ", "{", "ж", "e\u0301", "🇩🇪", "😀", "\r\n", "\u202e"])).map(
        "".join
    ),
)


def alert(title="ZeroDivisionError: division by zero", name="My Shop", **values):
    return Alert(Project(1, "my-shop", name), group="1", title=title, **values)


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


def test_a_link_longer_than_the_message_is_left_out():
    assert compose(alert(url="https://a.example/" + "y" * 500), link=True) == compose(alert())


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "https://a b", "https://a/\u202e"])
def test_what_is_no_web_address_is_no_link(url):
    assert compose(alert(url=url), link=True) == compose(alert())


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("\n\n  first \nsecond", "first"),
        ("a\tb", "a b"),
        ("a\x00b\x1b[31mred\x1b[0m\x9d", "abred"),
        ("\u202egnp.exe\u2066", "gnp.exe"),
        ("one\u2028two", "one"),
        ("broken \ud83d half", "broken  half"),
        ("👨‍👩‍👧‍👦 stays", "👨‍👩‍👧‍👦 stays"),
        ("❤\ufe0f\u200d🔥 1\ufe0f\u20e3", "❤\ufe0f\u200d🔥 1\ufe0f\u20e3"),
        ("a\ufe0f\u200d🔥", "a🔥"),
        ("ශ්\u200dරී", "ශ්\u200dරී"),
        ("می\u200cخواهم\u200c", "می\u200cخواهم"),
        ("", "(no title)"),
        ("\x00\n \n", "(no title)"),
    ],
)
def test_the_first_line_is_the_first_that_says_something(title, line):
    assert first_line(title) == line


def test_a_project_cannot_bring_in_lines_or_controls():
    assert compose(alert("x", name="a\nb\x07")) == "Sentry [a b] ERROR: x"


@given(TEXTS, TEXTS, st.integers(1, 10), st.booleans())
def test_it_never_costs_more_than_the_budget(title, name, budget, link):
    text = compose(alert(title, name, url=URL), budget=budget, link=link)
    assert measure(text).count <= budget
    assert len(text) <= 1600
    assert clean(text) == text.strip()


@given(TEXTS, st.integers(1, 3), st.sampled_from(["", " " + URL]))
def test_no_longer_beginning_would_fit(title, budget, tail):
    shortened = shorten(title, budget, tail)
    if shortened is None or shortened == title:
        return
    end = len(shortened) - 3
    for piece in grapheme.graphemes(title[end:]):
        end += len(piece)
        assert measure(title[:end] + "..." + tail).count > budget


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


OWN = "{level} in {project} [{environment}]: {title} ({culprit}, {release}, rule: {rule}) {link}"
FULL = {
    "culprit": "shop.views.checkout",
    "environment": "production",
    "release": "shop-1.2.3",
    "rule": "Night",
    "url": URL,
}
SPECIAL = st.lists(
    st.sampled_from(
        ["error ", "“", "…", "½", "\t", "ж", "漢。", "e\u0301", "🇩🇪", "{", "evil.com ", "x" * 40]
    ),
    max_size=30,
).map("".join)
ALL_TEXTS = st.one_of(TEXTS, SPECIAL)
TEMPLATES = st.one_of(
    st.just(""),
    st.lists(
        st.sampled_from(
            [*(f"{{{name}}}" for name in FIELDS), " ", "(", ")", ": ", "\n", "„", "ж", "Alert " * 9]
        ),
        max_size=14,
    ).map("".join),
)


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


def test_the_prefix_of_a_trial_account_takes_room():
    text = compose(alert("x" * 500), trial=True)
    assert len(text) == ONE_SEGMENT - len("Sent from your Twilio trial account - ")


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
