import pytest

from sentry_twilio.core.storable import clean_text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Zürich → 🚀", "Zürich → 🚀"),
        ("a\0b", "a\ufffdb"),
        ("a\ud83d b", "a\ufffd b"),
        ("\udc00", "\ufffd"),
        ("\ud83d\ude80", "🚀"),  # two halves that found each other
    ],
)
def test_what_no_database_takes_becomes_a_mark(text, clean):
    assert clean_text(text) == clean
