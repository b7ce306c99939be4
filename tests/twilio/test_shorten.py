import grapheme
from hypothesis import given
from hypothesis import strategies as st

from sentry_twilio.twilio.segments import measure
from sentry_twilio.twilio.shorten import shorten
from tests.twilio.composing import TEXTS, URL


@given(TEXTS, st.integers(1, 3), st.sampled_from(["", " " + URL]))
def test_no_longer_beginning_would_fit(title, budget, tail):
    shortened = shorten(title, budget, tail)
    if shortened is None or shortened == title:
        return
    end = len(shortened) - 3
    for piece in grapheme.graphemes(title[end:]):
        end += len(piece)
        assert measure(title[:end] + "..." + tail).count > budget
