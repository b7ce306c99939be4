import pytest

from sentry_twilio.twilio.segments import measure
from sentry_twilio.twilio.smart import REPLACEMENTS, smart_encode


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("plain text stays", "plain text stays"),
        ("“quoted” – ‘so’…", "\"quoted\" - 'so'..."),
        ("a\xa0b", "a  b"),  # two blanks, as Twilio has it
        ("a\tb", "a       b"),
        ("ＡＢＣ１２３", "ABC123"),
        ("\ufeffBOM", "BOM"),
        ("½ ¼ ¾", "1/2 1/4 3/4"),
        ("“ж”", '"ж"'),  # the rest is replaced where something cannot be
        ("漢字。", "漢字."),
    ],
)
def test_it_replaces_what_twilio_replaces(text, encoded):
    assert smart_encode(text) == encoded


def test_the_list_is_complete():
    assert len(REPLACEMENTS) == 271


def test_every_replacement_is_plain_gsm_7():
    assert {measure(plain).encoding for plain in REPLACEMENTS.values()} == {"GSM-7"}


def test_encoding_twice_changes_nothing_more():
    once = smart_encode("".join(REPLACEMENTS))
    assert smart_encode(once) == once
