import json
from collections import Counter

import pytest
from sentry.api.serializers.models.plugin import PluginSerializer, serialize_field

TOKEN = "b" * 32


@pytest.fixture(autouse=True)
def nothing_deprecated(monkeypatch):
    # It would ask the database for the organisation's features.
    monkeypatch.setattr(
        "sentry.api.serializers.models.plugin.is_plugin_deprecated", lambda *_: False
    )


def test_the_settings_page_gets_every_field_once(plugin, options, project):
    names = Counter(field["name"] for field in plugin.get_config(project))
    assert {"account_sid", "auth_token", "sms_from", "sms_to", "sms_link"} <= set(names)
    assert set(names.values()) == {1}


@pytest.mark.parametrize("more", [{"add_additial_fields": True}, {"add_additional_fields": True}])
def test_it_takes_the_keywords_of_older_and_newer_versions(plugin, options, project, more):
    assert plugin.get_config(project=project, user=None, **more) == plugin.get_config(project)


def test_no_secret_leaves_in_what_sentry_makes_of_the_fields(plugin, options, project):
    options["api_secret"] = "top-secret"
    shown = [serialize_field(project, plugin, field) for field in plugin.get_config(project)]
    text = json.dumps(shown)
    assert TOKEN not in text
    assert "top-secret" not in text
    by_name = {field["name"]: field for field in shown}
    assert by_name["auth_token"]["hasSavedValue"] is True
    assert by_name["auth_token"]["required"] is False
    assert by_name["auth_token"]["type"] == "secret"
    assert by_name["sms_to"]["value"] == "4154444444"


def test_without_a_stored_token_it_is_asked_for(plugin, options, project):
    options.clear()
    shown = [serialize_field(project, plugin, field) for field in plugin.get_config(project)]
    token = next(field for field in shown if field["name"] == "auth_token")
    assert (token["hasSavedValue"], token["required"]) == (False, True)


def test_sentry_can_describe_it_in_its_list_of_integrations(plugin):
    shown = PluginSerializer().serialize(plugin, {}, None)
    assert (shown["id"], shown["name"], shown["type"]) == ("twilio", "Twilio (SMS)", "notification")
    assert (shown["isTestable"], shown["hasConfiguration"]) == (True, True)
    assert set(shown["features"]) == {"mobile", "alert-rule"}
    json.dumps(shown)
