import pytest

from sentry_twilio.twilio.numbers import Recipients, mask, read_number, read_recipients, read_sender


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (
            "330-509-3095, (330)-509-3095, +13305093095, 4045550144",
            ("+13305093095", "+14045550144"),
        ),
        ("(415) 444-4444", ("+14154444444",)),
        ("415 444 4444", ("+14154444444",)),
        ("4154444444 4155552671", ("+14154444444", "+14155552671")),
        ("415 444 4444 (404) 555-0144", ("+14045550144", "+14154444444")),
        ("+1 415 444 4444 +49 30 123456", ("+14154444444", "+4930123456")),
        ("4154444444\r\n4155552671\n", ("+14154444444", "+14155552671")),
        (" , ,\n", ()),
        ("", ()),
    ],
)
def test_it_reads_numbers_as_people_write_them(text, numbers):
    assert read_recipients(text) == Recipients(numbers)


@pytest.mark.parametrize(
    ("text", "numbers", "leftovers"),
    [
        ("911", (), ("911",)),
        ("911, 4154444444", ("+14154444444",), ("911",)),
        ("Bob 4154444444", ("+14154444444",), ("Bob",)),
        ("415-444-4444 x12", ("+14154444444",), ("x12",)),
        ("call me 4154444444 or not", ("+14154444444",), ("call me", "or not")),
        ("4154444444; 4155552671", ("+14155552671",), ("4154444444;",)),
        ("911, 911", (), ("911",)),
        ("1-800-FLOWERS", (), ("1-800-FLOWERS",)),
    ],
)
def test_it_names_what_is_no_number(text, numbers, leftovers):
    assert read_recipients(text) == Recipients(numbers, leftovers)


def test_a_national_number_belongs_to_the_region():
    assert read_number("030 123456", "DE") == "+4930123456"
    assert read_number("030 123456", "US") is None


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ("+13305093095", "+13305093095"),
        ("(330) 509-3095", "+13305093095"),
        ("+15005550006", "+15005550006"),  # the sender of Twilio's test credentials
        ("12345", "12345"),
        ("123456", "123456"),
        (" Sentry ", "Sentry"),
        ("Ops 24h", "Ops 24h"),
        ("1234567", None),
        ("TwelveLetter", None),
        ("Ops-Team", None),
        ("+1", None),
        ("", None),
    ],
)
def test_it_reads_every_kind_of_sender(text, sender):
    assert read_sender(text) == sender


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+14155552644", "+1415•••••44"),
        ("+4930123456", "+493•••••56"),
        ("12345", "•••45"),
        ("", ""),
    ],
)
def test_a_masked_number_shows_its_ends(number, masked):
    assert mask(number) == masked
