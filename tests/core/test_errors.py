"""What an error knows about the answer it stands for."""

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from sentry_twilio.core import ApiError


def after(value: str) -> float | None:
    return ApiError("x", headers=CaseInsensitiveDict({"retry-after": value})).retry_after


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120.0), (" 0.5 ", 0.5), ("-3", 0.0), ("", None), ("soon", None), ("1e999", None)],
)
def test_retry_after_is_a_number_of_seconds(value, seconds):
    assert after(value) == seconds


def test_retry_after_may_be_an_http_date():
    moment = datetime.now(timezone.utc) + timedelta(seconds=90)
    assert 80 < after(format_datetime(moment, usegmt=True)) <= 90


def test_a_date_that_has_passed_is_now():
    assert after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0


def test_without_the_header_nothing_is_asked_for():
    assert ApiError("x").retry_after is None


@settings(deadline=None)
@given(st.text() | st.from_regex(r"\w{3}, \d{1,3} \w{3} \d{1,9} \d\d:\d\d:\d\d [-+]\d{1,30}"))
def test_no_header_makes_it_fail(value):
    seconds = after(value)
    assert seconds is None or 0 <= seconds < float("inf")
