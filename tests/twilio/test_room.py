import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentry_twilio.twilio.room import Room


@pytest.mark.parametrize(
    ("room", "message", "held"),
    [
        (Room(1), "x" * 160, True),
        (Room(1), "x" * 161, False),
        (Room(2), "x" * 306, True),
        (Room(10), "z" + "\u0301" * 1600, False),  # more than 1600 characters
        (Room.of(1, trial=True), "x" * 122, True),  # the prefix has 38
        (Room.of(1, trial=True), "x" * 123, False),
        (Room(1), "½" * 70, True),
        (Room(1, smart=True), "½" * 70, False),  # 210 characters once encoded
        (Room(1, smart=True), "“" * 71, False),  # only once encoded it would fit
    ],
)
def test_it_holds_what_fits_whatever_twilio_makes_of_it(room, message, held):
    assert room.holds(message) is held


@pytest.mark.parametrize(("asked", "budget"), [(-3, 1), (0, 1), (4, 4), (99, 10)])
def test_a_budget_is_from_1_to_10(asked, budget):
    assert Room.of(asked).budget == budget


@given(
    st.text(alphabet="aж漢“½…\t{é\u0301\u200b", max_size=400),
    st.integers(1, 3),
    st.booleans(),
    st.booleans(),
)
def test_the_beginning_fits_and_is_a_prefix(text, budget, trial, smart):
    room = Room.of(budget, trial, smart)
    beginning = room.beginning(text)
    assert text.startswith(beginning)
    assert room.holds(beginning)
