import pytest

from sentry_twilio import TwilioPlugin
from sentry_twilio.sentry_host import fields
from sentry_twilio.twilio.options import REQUIRED

ACCOUNT, TOKEN = "AC" + "a" * 32, "b" * 32
KEY, SECRET = "SK" + "c" * 32, "d" * 32
ENTERED = {
    "account_sid": ACCOUNT,
    "auth_token": TOKEN,
    "sms_from": "(415) 867-5309",
    "sms_to": "(415) 444-4444",
}
STORED = {**ENTERED, "sms_from": "+14158675309", "sms_to": "+14154444444"}
WITH_KEY = {
    "account_sid": ACCOUNT,
    "api_key": KEY,
    "api_secret": SECRET,
    "sms_from": "+14158675309",
    "sms_to": "+14154444444",
}


@pytest.fixture
def form():
    return TwilioPlugin().configuration_form()


def described(form, have=(), entered=None):
    return {f["name"]: f for f in fields.describe(form, dict(have), entered)}


def test_each_field_has_a_type_that_sentrys_page_knows(form):
    assert {name: field["type"] for name, field in described(form).items()} == {
        "account_sid": "text",
        "auth_token": "secret",
        "api_key": "text",
        "api_secret": "secret",
        "sms_from": "text",
        "messaging_service_sid": "text",
        "sms_to": "textarea",
        "sms_link": "bool",
        "sms_segments": "number",
        "sms_template": "textarea",
        "sms_plain": "select",
        "sms_trial": "bool",
    }


def test_a_field_brings_its_words_and_its_choices(form):
    shown = described(form)
    assert shown["sms_to"]["label"] == "Recipients"
    assert "commas or lines" in shown["sms_to"]["help"]
    assert "+14155552671" in shown["sms_to"]["placeholder"]
    assert ("0", "Send them as they are") in shown["sms_plain"]["choices"]
    assert "report" not in shown["auth_token"]["help"], "there are no delivery reports in Sentry"


def test_a_stored_secret_is_never_shown_and_need_not_be_given_again(form):
    shown = described(form, STORED)
    assert shown["auth_token"]["has_saved_value"] is True
    assert shown["auth_token"]["required"] is False
    assert shown["api_secret"]["has_saved_value"] is False
    assert TOKEN not in repr(shown)


@pytest.mark.parametrize(
    ("entered", "required"),
    [
        ({}, {"account_sid", "auth_token", "sms_from", "sms_to"}),
        ({"api_key": KEY}, {"account_sid", "sms_from", "sms_to"}),
        ({"messaging_service_sid": "MG"}, {"account_sid", "auth_token", "sms_to"}),
        ({"api_key": "", "messaging_service_sid": " "}, set(ENTERED)),
    ],
)
def test_a_field_is_required_unless_another_stands_in_for_it(form, entered, required):
    shown = described(form, {}, entered)
    assert {name for name, field in shown.items() if field["required"]} == required


def test_a_link_is_the_default_only_before_anything_is_stored(form):
    assert described(form)["sms_link"]["default"] is True
    assert described(form, STORED)["sms_link"]["default"] is None


def test_options_are_read_as_text_whatever_sentry_stored():
    store = {**STORED, "sms_link": True, "sms_trial": False, "sms_segments": 2, "enabled": True}
    assert fields.stored(store.get) == {**STORED, "sms_link": "1", "sms_segments": "2"}


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("account_sid", "AC1", "An Account SID is AC and 32 characters"),
        ("auth_token", "short", "An Auth Token is 32 characters"),
        ("sms_from", "12", "12 is not a valid phone number."),
        ("sms_to", "+14154444444, 12", "12 is not a valid phone number."),
        ("sms_to", ",".join(f"+1415444{n}" for n in range(4440, 4451)), "Max of 10 phone"),
        ("sms_to", "", REQUIRED),
        ("account_sid", None, REQUIRED),
        ("sms_segments", "11", "10"),
        ("sms_template", "{titel}", "{titel} is not a field."),
        ("sms_plain", "x", "Select a valid choice."),
    ],
)
def test_it_says_what_is_wrong_with_one_field(form, name, value, sentence):
    assert sentence in fields.problem_of(form, name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sms_to", "(415) 444-4444"),
        ("auth_token", ""),
        ("sms_from", None),
        ("api_secret", SECRET),
        ("api_key", KEY),
        ("sms_template", "x" * 400 + "{title}"),
        ("sms_link", True),
    ],
)
def test_one_field_is_not_blamed_for_another(form, name, value):
    assert fields.problem_of(form, name, value) == ""


def test_numbers_are_stored_as_twilio_wants_them(form):
    values, errors = fields.read(form, ENTERED, {})
    assert errors == []
    assert values == {**dict.fromkeys(fields.NAMES), **STORED}


def test_a_number_with_blanks_is_one_recipient_and_two_spellings_of_it_are_too(form):
    entered = {**ENTERED, "sms_to": "(415) 444-4444\n415-444-4444 +1 415 444 4445"}
    values, _ = fields.read(form, entered, {})
    assert values["sms_to"] == "+14154444444,+14154444445"


def test_a_secret_that_is_left_empty_or_comes_back_is_kept(form):
    for token in ("", None, TOKEN):
        values, errors = fields.read(form, {**ENTERED, "auth_token": token}, STORED)
        assert (values["auth_token"], errors) == (TOKEN, [])


def test_an_option_that_is_emptied_is_removed(form):
    entered = {**STORED, "sms_segments": "", "sms_link": False}
    values, _ = fields.read(form, entered, {**STORED, "sms_segments": "3", "sms_link": "1"})
    assert (values["sms_segments"], values["sms_link"]) == (None, None)


def test_a_switch_is_stored_as_sentry_stores_one(form):
    values, _ = fields.read(form, {**STORED, "sms_link": True}, STORED)
    assert values["sms_link"] is True


def test_a_keys_secret_goes_with_the_key(form):
    other = "SK" + "e" * 32
    entered = {**WITH_KEY, "api_key": other, "api_secret": SECRET}
    _, errors = fields.read(form, entered, WITH_KEY)
    assert errors == ["API key secret: Enter the secret that belongs to the API key."]


def test_what_is_wrong_together_names_the_fields(form):
    entered = {
        **ENTERED,
        "messaging_service_sid": "MG" + "d" * 32,
        "sms_template": "x" * 400 + "{title}",
    }
    _, errors = fields.read(form, entered, {})
    assert sorted(error.split(":")[0] for error in errors) == [
        "Messaging Service SID",
        "Text of a message",
    ]
