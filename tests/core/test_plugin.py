"""What every plugin inherits."""

import pytest

from sentry_twilio.core import Accepted, Alert, Notification, PluginError, Project
from tests.core.pager import OUTCOMES, PagerPlugin

SHOP = Project(1, "shop", "Shop")


@pytest.fixture
def pager(store):
    return PagerPlugin()


def test_options_are_set_read_and_unset(pager):
    assert pager.get_option("to", SHOP) is None
    pager.set_option("to", "ada", SHOP)
    assert pager.get_option("to", SHOP) == "ada"
    pager.unset_option("to", SHOP)
    assert pager.get_options(SHOP) == {}


def test_options_that_are_read_are_a_copy(pager):
    pager.set_option("to", "ada", SHOP)
    pager.get_options(SHOP)["to"] = "eve"
    assert pager.get_option("to", SHOP) == "ada"


def test_it_is_configured_by_what_is_stored(pager):
    assert not pager.is_configured(SHOP)
    pager.set_option("to", "ada", SHOP)
    assert pager.is_configured(SHOP)


@pytest.mark.parametrize(("options", "on"), [({}, True), ({"enabled": "1"}, True)])
def test_it_is_on_unless_switched_off(pager, options, on):
    assert pager.is_enabled_with(options) is on
    assert not pager.is_enabled_with({"enabled": "0"})


def test_notify_sends_to_everybody_and_gives_the_connections_back(pager):
    pager.set_option("to", "ada,refused", SHOP)
    results = pager.notify(Notification(Alert(SHOP, "7", "Boom")))
    assert [(message.to, message.body) for message, _ in results] == [
        ("ada", "Boom"),
        ("refused", "Boom"),
    ]
    assert [outcome for _, outcome in results] == [Accepted("P1"), OUTCOMES["refused"]]
    assert [sender.closed for sender in pager.senders] == [True]


def test_the_connections_are_given_back_when_sending_fails(pager, monkeypatch):
    def fail(*_):
        raise RuntimeError

    pager.set_option("to", "ada", SHOP)
    monkeypatch.setattr(pager, "fan_out", fail)
    with pytest.raises(RuntimeError):
        pager.notify(Notification(Alert(SHOP, "7", "Boom")))
    assert pager.senders[0].closed


def test_notify_without_settings_says_so(pager):
    with pytest.raises(PluginError, match=r"^Pager is not configured for this project\.$"):
        pager.notify(Notification(Alert(SHOP, "7", "Boom")))
    assert pager.senders == []


@pytest.mark.parametrize(
    ("to", "text"),
    [
        ("ada", "A test message was accepted for 1 recipient."),
        ("ada,bob", "A test message was accepted for 2 recipients."),
    ],
)
def test_the_test_says_how_many_were_reached(pager, to, text):
    pager.set_option("to", to, SHOP)
    assert pager.test_configuration(SHOP) == text
    assert "test message" in pager.sent[0].body


def test_the_test_names_each_recipient_who_was_not_reached(pager):
    pager.set_option("to", "ada,refused,unknown", SHOP)
    with pytest.raises(PluginError) as caught:
        pager.test_configuration(SHOP)
    assert str(caught.value) == "refused: No such pager.\nunknown: The line went dead."


def test_the_operator_sets_what_the_plugin_lets_be_set(pager):
    pager.configure(base_url="http://127.0.0.1:8010")
    assert pager.base_url == "http://127.0.0.1:8010"
    assert PagerPlugin.base_url == "https://pager.example.com"
    with pytest.raises(ValueError, match="PagerPlugin has no setting 'slug'"):
        pager.configure(slug="other")
    assert pager.slug == "pager"


def test_reports_are_not_asked_for_unless_a_plugin_can_read_them(pager):
    assert pager.wants_callback({}, "https://alerts.example.com") is False


def test_it_warns_of_nothing_unless_a_plugin_knows_better(pager):
    assert pager.warnings({"to": "ada"}, "http://127.0.0.1:8000") == []
