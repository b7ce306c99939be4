"""`/api/0/projects/{org}/{project}/plugins/twilio/`, as Sentry's settings page uses it."""

import json
from importlib import metadata
from pathlib import Path
from urllib.parse import parse_qs

import pytest
import responses
from sentry.models import ProjectOption
from sentry.plugins.base import plugins
from sentry.testutils.cases import APITestCase, TestCase

import sentry_twilio
from sentry_twilio import sentry_host
from sentry_twilio.sentry_host import TwilioPlugin

ACCOUNT, TOKEN, KEY = "AC" + "a" * 32, "b" * 32, "SK" + "c" * 32
URL = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
ENTERED = {
    "account_sid": ACCOUNT,
    "auth_token": TOKEN,
    "sms_from": "(415) 867-5309",
    "sms_to": "(415) 444-4444, 4154444444\n+14154444445",
}


class RegistrationTest(TestCase):
    def test_it_is_the_installed_package_that_sentry_loads(self):
        assert "site-packages" in Path(sentry_twilio.__file__).parts
        assert "site-packages" in Path(sentry_host.plugin.__file__).parts
        points = metadata.distribution("sentry-twilio-sms").entry_points
        assert [point.load() for point in points.select(group="sentry.plugins")] == [TwilioPlugin]

    def test_it_took_the_builtins_place(self):
        found = [p for p in plugins.all(version=None) if p.slug == "twilio"]
        assert {type(plugin) for plugin in found} == {TwilioPlugin}


class SettingsTest(APITestCase):
    def setUp(self):
        super().setUp()
        self.login_as(self.user)
        self.path = f"/api/0/projects/{self.organization.slug}/{self.project.slug}/plugins/twilio/"

    @pytest.fixture(autouse=True)
    def _twilio(self, twilio):
        self.twilio = twilio

    def put(self, **changes):
        return self.client.put(self.path, {**ENTERED, **changes}, format="json")

    def stored(self):
        rows = ProjectOption.objects.filter(project=self.project, key__startswith="twilio:")
        return {row.key.removeprefix("twilio:"): row.value for row in rows}

    def fields(self):
        answer = self.client.get(self.path)
        assert answer.status_code == 200, answer.content
        assert TOKEN not in answer.content.decode()
        return {field["name"]: field for field in answer.data["config"]}

    def test_a_new_project_is_asked_for_everything(self):
        fields = self.fields()
        required = {name for name, field in fields.items() if field["required"]}
        assert required == {"account_sid", "auth_token", "sms_from", "sms_to"}
        assert fields["sms_link"]["defaultValue"] is True

    def test_what_is_saved_is_normalised_and_the_token_never_comes_back(self):
        answer = self.put(sms_link=True)
        assert answer.status_code == 200, answer.content
        assert TOKEN not in answer.content.decode()
        assert self.stored() == {
            "account_sid": ACCOUNT,
            "auth_token": TOKEN,
            "sms_from": "+14158675309",
            "sms_to": "+14154444444,+14154444445",
            "sms_link": True,
        }
        token = self.fields()["auth_token"]
        assert (token["value"], token["hasSavedValue"], token["required"]) == (None, True, False)

    def test_an_edit_keeps_the_token_that_is_not_typed_again(self):
        self.put()
        for empty in ("", None):
            answer = self.put(auth_token=empty, sms_to="+14154444446")
            assert answer.status_code == 200, answer.content
            assert self.stored()["auth_token"] == TOKEN
        assert self.stored()["sms_to"] == "+14154444446"

    def test_an_option_that_is_emptied_is_removed(self):
        self.put(sms_link=True, sms_segments="2")
        assert self.stored()["sms_segments"] == "2"
        self.put(sms_link=False, sms_segments="")
        assert not {"sms_link", "sms_segments"} & set(self.stored())

    def test_each_bad_field_has_its_own_error_and_nothing_is_saved(self):
        answer = self.put(sms_to="12, +14154444444", sms_from="1", account_sid="", auth_token="x")
        assert answer.status_code == 400
        errors = answer.data["errors"]
        assert errors["sms_to"] == "12 is not a valid phone number."
        assert errors["sms_from"].startswith("1 is not a valid phone number.")
        assert errors["account_sid"] == "This field is required."
        assert errors["auth_token"].startswith("An Auth Token is 32 characters")
        assert self.stored() == {}

    def test_too_many_recipients_are_counted(self):
        answer = self.put(sms_to=",".join(f"+1415444{n}" for n in range(4440, 4451)))
        assert answer.data["errors"] == {"sms_to": "Max of 10 phone numbers, 11 were given."}

    def test_a_missing_token_is_asked_for_beside_its_field(self):
        answer = self.put(auth_token="")
        assert answer.data["errors"] == {"auth_token": "This field is required."}

    def test_an_api_key_stands_in_for_the_token(self):
        answer = self.put(auth_token="", api_key=KEY, api_secret="s" * 32)
        assert answer.status_code == 200, answer.content
        assert self.stored()["api_secret"] == "s" * 32
        assert "auth_token" not in self.stored()

    def test_what_is_wrong_together_is_said_too(self):
        answer = self.put(messaging_service_sid="MG" + "d" * 32)
        assert answer.status_code == 400
        assert "Enter either a sender or a Messaging Service" in answer.data["errors"]["__all__"]
        assert self.stored() == {}

    def test_it_is_switched_on_and_off(self):
        assert self.client.post(self.path).status_code == 201
        assert plugins.get("twilio").is_enabled(self.project) is True
        assert self.client.get(self.path).data["enabled"] is True
        assert self.client.delete(self.path).status_code == 204
        assert plugins.get("twilio").is_enabled(self.project) is False

    def test_the_button_sends_to_everybody(self):
        self.put()
        self.twilio.add(responses.POST, URL, json={"sid": "SM1", "status": "queued"}, status=201)
        answer = self.client.post(self.path, {"test": True}, format="json")
        assert answer.data == {"detail": "A test message was accepted for 2 recipients."}
        sent = {parse_qs(call.request.body)["To"][0] for call in self.twilio.calls}
        assert sent == {"+14154444444", "+14154444445"}

    def test_the_button_says_what_twilio_said(self):
        self.put()
        body = json.dumps({"code": 20003, "message": "Authenticate", "status": 401})
        self.twilio.add(responses.POST, URL, body=body, status=401)
        answer = self.client.post(self.path, {"test": True}, format="json")
        assert answer.status_code == 200
        detail = answer.data["detail"]
        assert detail.startswith("Error communicating with Twilio: 2 of 2")
        assert "+14154444444, +14154444445: " in detail
        assert "Twilio error 20003" in detail

    def test_the_button_has_an_answer_before_anything_is_saved(self):
        answer = self.client.post(self.path, {"test": True}, format="json")
        assert "settings are incomplete" in answer.data["detail"]

    def test_reset_forgets_everything(self):
        self.put()
        assert self.client.post(self.path, {"reset": True}, format="json").status_code == 200
        assert self.stored() == {}
