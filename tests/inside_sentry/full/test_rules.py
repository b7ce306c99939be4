"""Alerts by Sentry's own rule processor."""

from urllib.parse import parse_qs

import pytest
import responses
from sentry.models import Rule
from sentry.plugins.base import plugins
from sentry.rules.processor import RuleProcessor
from sentry.testutils.cases import TestCase
from sentry.utils.safe import safe_execute

# The emulator's own, which it documents.
ACCOUNT, TOKEN = "AC" + "e" + "0" * 31, "e" + "0" * 31
SPECIFIC = {
    "id": "sentry.rules.actions.notify_event_service.NotifyEventServiceAction",
    "service": "twilio",
}
ALL = {"id": "sentry.rules.actions.notify_event.NotifyEventAction"}
EVERY_EVENT = {"id": "sentry.rules.conditions.every_event.EveryEventCondition"}
ONE, TWO, THREE = "+14154444441", "+14154444442", "+14154444443"


class Alerts(TestCase):
    def setUp(self):
        super().setUp()
        Rule.objects.filter(project=self.project).delete()
        self.plugin = plugins.get("twilio")
        # As Sentry's own plugin stored it: just as a person wrote it.
        stored = {
            "account_sid": ACCOUNT,
            "auth_token": TOKEN,
            "sms_from": "4155551234",
            "sms_to": "(415) 444-4441",
        }
        for name, value in stored.items():
            self.plugin.set_option(name, value, self.project)
        self.plugin.enable(self.project)

    def rule(self, label, action=SPECIFIC):
        Rule.objects.create(
            project=self.project,
            label=label,
            data={"conditions": [EVERY_EVENT], "actions": [action], "frequency": 5},
        )

    def happen(self, message="Hello world", apart=False):
        """`apart`: each rule in a call of its own, as the tasks of the workflow engine."""
        event = self.store_event(
            data={"message": message, "level": "warning", "environment": "production"},
            project_id=self.project.id,
        )
        fired = RuleProcessor(
            event.for_group(event.group),
            is_new=True,
            is_regression=False,
            is_new_group_environment=True,
            has_reappeared=False,
        ).apply()
        for callback, futures in fired:
            for together in [[future] for future in futures] if apart else [futures]:
                safe_execute(
                    callback, event.for_group(event.group), together, _with_transaction=False
                )
        return event


class RulesTest(Alerts):
    """Against the emulator, behind a socket."""

    @pytest.fixture(autouse=True)
    def _emulator(self, emulator, caplog):
        self.emulator, self.caplog = emulator, caplog

    def texts(self):
        return sorted((message["to"], message["body"]) for message in self.emulator.messages())

    def test_one_rule_is_one_text(self):
        self.rule("first")
        self.happen()
        assert self.texts() == [(ONE, f"Sentry [{self.project.name}] WARNING: Hello world")]

    def test_three_rules_are_one_text(self):
        for label in ("first", "second", "third"):
            self.rule(label)
        self.plugin.set_option("sms_template", "{level} {title} by {rule}", self.project)
        self.happen()
        assert self.texts() == [(ONE, "WARNING Hello world by first, second, third")]

    def test_three_rules_that_call_apart_are_one_text_for_each_event(self):
        for label in ("first", "second", "third"):
            self.rule(label)
        self.happen(apart=True)
        assert [to for to, _ in self.texts()] == [ONE]
        self.happen("Another world", apart=True)
        assert [to for to, _ in self.texts()] == [ONE, ONE]

    def test_all_legacy_integrations_is_one_text_too(self):
        self.rule("first", ALL)
        self.happen()
        assert [to for to, _ in self.texts()] == [ONE]

    def test_the_link_leads_to_the_issue(self):
        self.plugin.set_option("sms_link", True, self.project)
        self.rule("first")
        event = self.happen()
        [(_, body)] = self.texts()
        assert body.endswith(f" {event.group.get_absolute_url()}")
        assert body.split()[-1].startswith("http://testserver/organizations/")

    def test_a_project_that_switched_it_off_gets_nothing(self):
        self.rule("first")
        self.plugin.disable(self.project)
        self.happen()
        assert self.texts() == []

    def test_a_429_is_survived(self):
        self.rule("first")
        self.emulator.fail(effect="error", code=20429, retry_after=0, times=2)
        self.happen()
        assert len(self.texts()) == 1

    def test_a_lost_answer_is_not_asked_for_again(self):
        self.rule("first")
        self.emulator.fail(effect="error", status=500, when="after", times=1)
        self.happen()
        assert len(self.texts()) == 1
        assert "may or may not have been sent" in self.caplog.text

    def test_one_refused_recipient_costs_the_others_nothing_and_is_named(self):
        self.plugin.set_option("sms_to", ",".join((ONE, TWO, THREE)), self.project)
        self.rule("first")
        self.emulator.fail(effect="error", code=21610, to=TWO)
        self.happen()
        assert [to for to, _ in self.texts()] == [ONE, THREE]
        assert "+1415•••••42" in self.caplog.text
        assert TWO not in self.caplog.text

    def test_the_button_reaches_the_phone(self):
        assert self.plugin.test_configuration_and_get_test_results(self.project) == (
            "A test message was accepted for 1 recipient."
        )
        assert len(self.texts()) == 1


class RequestTest(Alerts):
    """At Twilio's own address, with `responses` in front of it."""

    @pytest.fixture(autouse=True)
    def _twilio(self, twilio):
        self.twilio = twilio

    def posted(self, rules):
        url = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        self.twilio.add(responses.POST, url, json={"sid": "SM1", "status": "queued"}, status=201)
        for number in range(rules):
            self.rule(f"rule {number}")
        self.happen()
        return [parse_qs(call.request.body) for call in self.twilio.calls]

    def test_one_rule_is_one_request(self):
        [form] = self.posted(rules=1)
        assert (form["To"], form["From"]) == ([ONE], ["+14155551234"])
        assert form["Body"] == [f"Sentry [{self.project.name}] WARNING: Hello world"]

    def test_three_rules_are_one_request(self):
        assert len(self.posted(rules=3)) == 1
