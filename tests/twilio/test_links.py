import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentry_twilio.twilio.links import break_up, cut_back, is_tld
from sentry_twilio.twilio.plain import plain
from sentry_twilio.twilio.smart import smart_encode

# What phones look for: a scheme, www, a name with a top-level domain, four numbers.
PHONE = re.compile(
    r"\w://\S|\bwww\.\w|\b[\w-]+\.(?:com|net|org|io|py|uk|co)\b|\b(?:\d{1,3}\.){3}\d", re.IGNORECASE
)
PIECES = [
    "https", "http", "://", "www.", "evil", ".", ".com", ".co.uk", "/", "/x?y=1", " ", "@", ":",
    "10.0.0.1", "1.", "。com", "．ｃｏｍ", "\u2024", "-", "_", "é", "...", "(", ".py",
    "community", "\u1d04\u1d0f\u1d0d", "․io",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("see https://evil.example/x now", "see https: //evil .example/x now"),
        ("HTTP://EVIL.COM", "HTTP: //EVIL .COM"),
        ("http://localhost:8000/", "http: //localhost:8000/"),
        ("ftp://a.b.c/d.e", "ftp: //a .b .c/d.e"),
        ("evil.com/x", "evil .com/x"),
        ("evil.example/x", "evil .example/x"),
        ("evil.com.", "evil .com."),
        ("(evil.com)", "(evil .com)"),
        ("evil.com-x", "evil .com-x"),
        ("shop.co.uk", "shop .co .uk"),
        ("www.evil", "www .evil"),
        ("bob@evil.com", "bob@evil .com"),
        ("manage.py failed", "manage .py failed"),
        ("10.0.0.5:5432", "10.0.0 .5:5432"),
        ("пример.рф", "пример .рф"),
        ("evil.xn--p1ai", "evil .xn--p1ai"),
        ("ｅｖｉｌ．ｃｏｍ", "ｅｖｉｌ ．ｃｏｍ"),
        ("evil。com", "evil 。com"),
        ("evil․com", "evil ․com"),
    ],
)
def test_a_link_gets_a_blank_in_it(text, broken):
    assert break_up(text) == broken


@pytest.mark.parametrize(
    "text",
    [
        "django.db.utils.OperationalError: no",
        "KeyError: 'a.b'",
        "took 3.5 s, e.g. twice. That is slow...",
        "/etc/nginx/conf.d/site.conf",
        "C:/temp/file.log",
        "version 1.2.3",
        "https: //evil .com",
        "",
    ],
)
def test_what_is_no_link_stays(text):
    assert break_up(text) == text


@given(TEXTS)
def test_a_phone_finds_no_link(text):
    broken = break_up(text)
    for shown in (broken, plain(broken), smart_encode(broken)):
        assert not PHONE.search(shown), shown


@given(st.one_of(TEXTS, st.text()))
def test_breaking_up_again_changes_nothing(text):
    assert break_up(break_up(text)) == break_up(text)


@given(st.one_of(TEXTS, st.text()))
def test_nothing_but_blanks_is_added(text):
    assert break_up(text).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize(
    ("cut", "rest"), [("evil.com", "evil"), ("evil.commun", "evil.commun"), ("a", "a"), ("", "")]
)
def test_a_link_that_only_a_cut_made_goes(cut, rest):
    assert cut_back(cut) == rest


def test_the_root_zone_is_known():
    assert all(map(is_tld, ("com", "COM", "museum", "рф", "中国", "xn--p1ai", "ｃｏｍ")))
    assert not any(map(is_tld, ("operationalerror", "utils", "c", "")))
