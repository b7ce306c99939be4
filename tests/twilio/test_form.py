import pytest

from sentry_twilio import TwilioConfigurationForm, TwilioPlugin
from sentry_twilio.twilio.template import FIELDS

ACCOUNT = "AC" + "a" * 32
TOKEN = "b" * 32
KEY = "SK" + "c" * 32
GIVEN = {
    "account_sid": ACCOUNT,
    "auth_token": TOKEN,
    "sms_from": "3305093095",
    "sms_to": "330-509-3095, (330)-509-3095, +13305093095, 4045550144",
}
CLEANED = {
    "account_sid": ACCOUNT,
    "auth_token": TOKEN,
    "sms_from": "+13305093095",
    "sms_to": "+13305093095,+14045550144",
}


def test_it_normalises_what_is_right():
    form = TwilioConfigurationForm(GIVEN)
    assert form.is_valid(), form.errors
    assert form.cleaned_data == CLEANED
    assert form.clean() == CLEANED


def test_an_error_stands_beside_its_field():
    form = TwilioConfigurationForm({"sms_to": "911", "sms_from": "!"})
    assert not form.is_valid()
    assert form.errors["sms_to"] == ["911 is not a valid phone number."]
    assert form.errors["account_sid"] == ["This field is required."]
    assert form.errors["auth_token"] == ["This field is required."]
    assert "is not a valid phone number" in form.errors["sms_from"][0]


def test_each_error_is_said_once():
    form = TwilioConfigurationForm({"sms_segments": "99"})
    assert not form.is_valid()
    assert {name: len(errors) for name, errors in form.errors.items()} == dict.fromkeys(
        ("account_sid", "auth_token", "sms_from", "sms_to", "sms_segments"), 1
    )


def test_a_secret_is_never_rendered():
    stored = {**CLEANED, "api_key": KEY, "api_secret": "s3cret-of-key"}
    for form in (
        TwilioConfigurationForm(stored=stored),
        TwilioConfigurationForm({**GIVEN, "api_key": KEY, "api_secret": "s3cret-of-key"}),
    ):
        form.is_valid()
        page = form.as_p()
        assert TOKEN not in page
        assert "s3cret-of-key" not in page
        assert ACCOUNT in page


def test_a_stored_secret_shows_that_it_is_there():
    assert "stored" in TwilioConfigurationForm(stored=CLEANED)["auth_token"].as_widget()
    assert "stored" not in TwilioConfigurationForm()["auth_token"].as_widget()


def test_an_empty_secret_keeps_the_stored_one():
    form = TwilioConfigurationForm({**GIVEN, "auth_token": ""}, stored=CLEANED)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["auth_token"] == TOKEN


def test_a_new_secret_replaces_the_stored_one():
    form = TwilioConfigurationForm({**GIVEN, "auth_token": "f" * 32}, stored=CLEANED)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["auth_token"] == "f" * 32


def test_a_removed_key_takes_its_secret_along():
    stored = {**CLEANED, "api_key": KEY, "api_secret": "old"}
    form = TwilioConfigurationForm(GIVEN, stored=stored)
    assert form.is_valid(), form.errors
    assert form.cleaned_data == CLEANED


def test_another_key_needs_its_own_secret():
    stored = {**CLEANED, "api_key": KEY, "api_secret": "old"}
    form = TwilioConfigurationForm({**GIVEN, "api_key": "SK" + "9" * 32}, stored=stored)
    assert list(form.errors) == ["api_secret"]
    kept = TwilioConfigurationForm({**GIVEN, "api_key": KEY}, stored=stored)
    assert kept.is_valid()
    assert kept.cleaned_data["api_secret"] == "old"


@pytest.mark.parametrize(
    ("stored", "ticked"),
    [
        (None, True),
        ({"enabled": "1"}, True),
        (CLEANED, False),
        ({**CLEANED, "sms_link": "1"}, True),
    ],
)
def test_the_link_is_offered_to_a_new_project(stored, ticked):
    assert TwilioConfigurationForm(stored=stored)["sms_link"].value() is ticked


def test_a_link_and_a_budget_are_kept():
    form = TwilioConfigurationForm({**GIVEN, "sms_link": "on", "sms_segments": "3"})
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {**CLEANED, "sms_link": "1", "sms_segments": "3"}


def test_an_own_text_and_its_switches_are_kept():
    form = TwilioConfigurationForm(
        {**GIVEN, "sms_template": "{title} {", "sms_plain": "0", "sms_trial": "on"}
    )
    assert list(form.errors) == ["sms_template"]
    form = TwilioConfigurationForm(
        {**GIVEN, "sms_template": "{title}", "sms_plain": "0", "sms_trial": "on"}
    )
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {
        **CLEANED,
        "sms_template": "{title}",
        "sms_plain": "0",
        "sms_trial": "1",
    }


def test_what_is_stored_of_the_text_is_shown():
    form = TwilioConfigurationForm(
        stored={**CLEANED, "sms_template": "{title}", "sms_plain": "0", "sms_trial": "1"}
    )
    assert form["sms_template"].value() == "{title}"
    assert 'value="0" selected' in form["sms_plain"].as_widget()
    assert "checked" in form["sms_trial"].as_widget()
    assert "checked" not in TwilioConfigurationForm(stored=CLEANED)["sms_trial"].as_widget()


def test_the_form_names_every_field_of_a_text():
    assert all(f"{{{name}}}" in TwilioConfigurationForm().as_p() for name in FIELDS)


def test_the_plugins_form_follows_the_hosts_settings():
    plugin = TwilioPlugin()
    plugin.configure(default_region="DE", max_recipients=1)
    form = plugin.configuration_form()({**GIVEN, "sms_to": "030 123456"})
    assert isinstance(form, TwilioConfigurationForm)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["sms_to"] == "+4930123456"
    too_many = plugin.configuration_form()({**GIVEN, "sms_to": "030 123456, 030 123457"})
    assert too_many.errors["sms_to"] == ["Max of 1 phone numbers, 2 were given."]


def test_every_field_has_a_label():
    assert all(field.label for field in TwilioConfigurationForm().fields.values())


def test_the_secondary_token_is_kept_until_the_token_itself_is_replaced():
    stored = {**CLEANED, "secondary_auth_token": "c" * 32}
    form = TwilioConfigurationForm({**GIVEN, "auth_token": ""}, stored=stored)
    assert form.is_valid()
    assert form.cleaned_data["secondary_auth_token"] == "c" * 32
    form = TwilioConfigurationForm({**GIVEN, "auth_token": "c" * 32}, stored=stored)
    assert form.is_valid()
    assert "secondary_auth_token" not in form.cleaned_data
