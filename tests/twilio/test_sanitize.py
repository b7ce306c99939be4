import pytest

from sentry_twilio.twilio.sanitize import first_line


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
