import pytest

from sentry_twilio.twilio.sent_text import is_same

LINK = "https://sentry.example/issues/42/"
SHORT = "https://go.example/j9K3huK9u7"


@pytest.mark.parametrize(
    ("shown", "given"),
    [
        ("boom", "boom"),
        ("Sent from your Twilio trial account - boom", "boom"),
        ("boom", " boom\n"),
        ("a\nb", "a\r\nb"),
        ('"boom" - now...', "“boom” — now…"),  # Smart Encoding
        ("漢字", "漢字"),
        (f"boom {LINK}", f"boom {LINK}"),
        (f"boom {SHORT}", f"boom {LINK}"),
        (f"{SHORT} boom", f"{LINK} boom"),
        (f"{SHORT} or {LINK}", f"{LINK} or {LINK}"),
        (f'Sent from your Twilio trial account - "boom" {SHORT}', f"“boom” {LINK}"),
        ("", ""),
    ],
)
def test_what_twilio_does_to_a_text_leaves_it_the_same(shown, given):
    assert is_same(shown, given)


@pytest.mark.parametrize(
    ("shown", "given"),
    [
        ("boom", "Boom"),
        ("boom boom", "boom"),
        ("boom", "boom boom"),
        # Two alerts of one title differ only in their links.
        ("boom https://sentry.example/issues/43/", f"boom {LINK}"),
        ("boom https://sentry.example/j9K3huK9u7", f"boom {LINK}"),
        ("boom https://go.example/issues/43/", f"boom {LINK}"),
        ("boom https://go.example/j9K3huK9u7?x=1", f"boom {LINK}"),
        (f"boom {SHORT}", "boom"),
        ("boom", f"boom {LINK}"),
        (f"bang {SHORT}", f"boom {LINK}"),
        (f"boom {SHORT} {SHORT}", f"boom {LINK}"),
        ("boom http://[", f"boom {LINK}"),
        ("//go.example/j9K3huK9u7", "boom"),
    ],
)
def test_another_text_is_another_text(shown, given):
    assert not is_same(shown, given)
