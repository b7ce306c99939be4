import pytest
from sentry.exceptions import PluginError

TOKEN = "b" * 32
ENTERED = {
    "account_sid": "AC" + "a" * 32,
    "auth_token": TOKEN,
    "sms_from": "(415) 867-5309",
    "sms_to": "(415) 444-4444\n+14154444445",
}


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("sms_to", "12", "12 is not a valid phone number."),
        ("sms_to", " ", "This field is required."),
        ("sms_from", "1", "1 is not a valid phone number."),
        ("auth_token", "no", "An Auth Token is 32 characters"),
        ("account_sid", None, "This field is required."),
    ],
)
def test_a_bad_field_is_sentrys_own_error(plugin, options, project, name, value, sentence):
    with pytest.raises(PluginError, match=sentence):
        plugin.validate_config_field(project=project, name=name, value=value, actor=None)


@pytest.mark.parametrize("empty", [None, "", "  "])
def test_an_empty_secret_is_the_stored_one(plugin, options, project, empty):
    assert plugin.validate_config_field(project, "auth_token", empty) == TOKEN


def test_what_is_stored_is_normalised(plugin, options, project):
    options.clear()
    values = plugin.validate_config(project, ENTERED)
    assert {name: value for name, value in values.items() if value is not None} == {
        **ENTERED,
        "sms_from": "+14158675309",
        "sms_to": "+14154444444,+14154444445",
    }


def test_what_is_wrong_together_is_sentrys_own_error(plugin, options, project):
    with pytest.raises(PluginError, match="API key secret: Enter the secret"):
        plugin.validate_config(project, {**ENTERED, "api_key": "SK" + "c" * 32})


def test_it_is_configured_when_it_could_send(plugin, options, project):
    assert plugin.is_configured(project) is True
    assert plugin.is_configured(project=project, later="more") is True
    del options["sms_to"]
    assert plugin.is_configured(project) is False
