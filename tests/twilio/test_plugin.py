import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from decimal import Decimal

import pytest

from sentry_twilio import TwilioPlugin
from sentry_twilio.core import (
    Accepted,
    Alert,
    Digest,
    Message,
    Notification,
    PluginError,
    Project,
    options,
)
from sentry_twilio.core.options import MemoryOptionStore
from tests.core.loopback import answer
from tests.core.loopback import serving as misbehaving
from tests.twilio.loopback import serving

ACCOUNT = "AC" + "a" * 32
TOKEN = "b" * 32
KEY = {"api_key": "SK" + "c" * 32, "api_secret": "s"}
OPTIONS = {
    "account_sid": ACCOUNT,
    "auth_token": TOKEN,
    "sms_from": "+13305093095",
    "sms_to": "+14155552671,+14155552672",
}
PROJECT = Project(7, "my-shop", "My Shop")
NOTIFICATION = Notification(Alert(PROJECT, "1", "ValueError: no", url="https://a.example/1"))


def without(*names, **more):
    return {name: value for name, value in {**OPTIONS, **more}.items() if name not in names}


@pytest.mark.parametrize(
    "values", [OPTIONS, without("sms_from", messaging_service_sid="MG" + "d" * 32)]
)
def test_the_senders_key_is_known_before_it_is_connected(values):
    plugin = TwilioPlugin()
    sender = plugin.connect(values)
    sender.close()
    assert plugin.sender_key(values) == sender.key


@pytest.mark.parametrize("values", [without("account_sid"), without("sms_from"), {}])
def test_without_an_account_or_a_sender_there_is_no_key(values):
    assert TwilioPlugin().sender_key(values) == ""


def test_a_digest_is_one_message_to_one_recipient():
    digest = Digest(PROJECT, 3, 1, datetime.now(timezone.utc), "error", (("ValueError: no", 3),))
    message = TwilioPlugin().compose_digest(digest, OPTIONS, "+14155552671")
    assert message.to == "+14155552671"
    assert message.body.startswith("Sentry [My Shop] ERROR: 3 alerts of 1 issue since ")
    assert message.segments == 1


@pytest.mark.parametrize(
    ("values", "configured"),
    [
        (OPTIONS, True),
        (without("auth_token", **KEY), True),
        (without("sms_from", messaging_service_sid="MG" + "d" * 32), True),
        (without("account_sid"), False),
        (without("auth_token"), False),
        (without("auth_token", api_key="SK" + "c" * 32), False),
        (without("sms_from"), False),
        (without("sms_to"), False),
        (without(sms_to=""), False),
        ({}, False),
    ],
)
def test_it_is_configured_when_it_could_send(values, configured):
    assert TwilioPlugin().is_configured_with(values) is configured


def test_there_is_one_message_a_recipient():
    body = "Sentry [My Shop] ERROR: ValueError: no"
    assert TwilioPlugin().compose(NOTIFICATION, OPTIONS) == [
        Message("+14155552671", body),
        Message("+14155552672", body),
    ]


def test_the_link_is_an_option():
    first, _ = TwilioPlugin().compose(NOTIFICATION, {**OPTIONS, "sms_link": "1"})
    assert first.body.endswith(" https://a.example/1")


@pytest.mark.parametrize(("stored", "length"), [("2", 304), ("", 158), ("many", 158)])
def test_the_budget_is_an_option(stored, length):
    long = Notification(Alert(PROJECT, "1", "x" * 500))
    first, _ = TwilioPlugin().compose(long, {**OPTIONS, "sms_segments": stored})
    assert len(first.body) == length


def test_the_text_is_an_option():
    first, _ = TwilioPlugin().compose(NOTIFICATION, {**OPTIONS, "sms_template": "{title}!"})
    assert first.body == "ValueError: no!"


def test_plain_forms_are_sent_unless_they_are_switched_off():
    curly = Notification(Alert(PROJECT, "1", "can’t"))
    first, _ = TwilioPlugin().compose(curly, OPTIONS)
    assert first.body.endswith("can't")
    first, _ = TwilioPlugin().compose(curly, {**OPTIONS, "sms_plain": "0"})
    assert first.body.endswith("can’t")


def test_a_preview_is_what_is_sent_with_its_cost():
    shown = TwilioPlugin().preview(NOTIFICATION, OPTIONS, price=Decimal("0.05"))
    first, _ = TwilioPlugin().compose(NOTIFICATION, OPTIONS)
    assert shown.text == first.body
    assert (shown.encoding, shown.segments, shown.cost) == ("GSM-7", 1, Decimal("0.05"))


@pytest.mark.parametrize(
    ("values", "base_url", "public_url", "wanted"),
    [
        (OPTIONS, "https://api.twilio.com", "https://a.example", True),
        (OPTIONS, "https://api.twilio.com", "http://a.example", False),
        (OPTIONS, "https://api.twilio.com", "https://a_b.example", False),
        (OPTIONS, "https://api.twilio.com", "", False),
        (without("auth_token", **KEY), "https://api.twilio.com", "https://a.example", False),
        (OPTIONS, "http://127.0.0.1:8010", "http://127.0.0.1:8000", True),
    ],
)
def test_reports_are_wanted_where_they_can_come_and_be_proved(values, base_url, public_url, wanted):
    plugin = TwilioPlugin()
    plugin.configure(base_url=base_url)
    assert plugin.wants_callback(values, public_url) is wanted


def test_what_the_operator_sets_is_known():
    plugin = TwilioPlugin()
    with pytest.raises(ValueError, match="colour"):
        plugin.configure(colour="red")
    plugin.configure(default_region="DE")
    assert TwilioPlugin().default_region == "US"


@pytest.fixture
def store():
    before = options.installed()
    store = MemoryOptionStore()
    options.install(store)
    yield store
    options.install(before)


def test_a_notification_reaches_every_recipient(store):
    def answer(form):
        return 201, {}, {"sid": "SM" + form["To"][-1] * 32, "status": "queued"}

    store.set(PROJECT, "twilio", OPTIONS)
    with serving(answer) as loopback:
        plugin = TwilioPlugin()
        plugin.configure(base_url=loopback.url)
        outcomes = plugin.notify(NOTIFICATION)
    assert [(message.to, outcome) for message, outcome in outcomes] == [
        ("+14155552671", Accepted("SM" + "1" * 32, "queued")),
        ("+14155552672", Accepted("SM" + "2" * 32, "queued")),
    ]
    assert {form["To"] for form in loopback.forms} == {"+14155552671", "+14155552672"}


def test_a_test_names_whoever_was_not_reached(store):
    def answer(form):
        if form["To"].endswith("2"):
            return 400, {}, {"code": 21610, "message": "stopped"}
        return 201, {}, {"sid": "SM" + "1" * 32}

    store.set(PROJECT, "twilio", OPTIONS)
    with serving(answer) as loopback:
        plugin = TwilioPlugin()
        plugin.configure(base_url=loopback.url)
        with pytest.raises(PluginError) as caught:
            plugin.test_configuration(PROJECT)
    assert str(caught.value).startswith("+14155552672: ")
    assert "+14155552671" not in str(caught.value)


def test_what_a_rule_may_choose_is_no_secret():
    chosen = {TwilioPlugin.recipients_option, *TwilioPlugin.sender_options}
    assert not chosen & TwilioPlugin.secret_options


def test_it_works_without_django():
    code = (
        "import sys; sys.modules['django'] = None\n"
        "from sentry_twilio import TwilioPlugin\n"
        "print(TwilioPlugin().clean({})[1]['account_sid'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "This field is required.\n", done.stderr


def test_a_request_that_hangs_has_none_of_the_next_ones_wait_for_its_connection():
    hanging, go_on = threading.Event(), threading.Event()

    def play(connection, server):
        while server.read(connection):
            if not hanging.is_set():
                hanging.set()
                go_on.wait(20)
            connection.sendall(answer())

    with misbehaving(play) as server, ThreadPoolExecutor(1) as pool:
        plugin = TwilioPlugin()
        plugin.base_url, plugin.connections = server.url, 1
        sender = plugin.connect(OPTIONS)
        first = pool.submit(sender.status, "SM1")
        assert hanging.wait(20)
        sender.status("SM2")
        assert not first.done()
        go_on.set()
    assert server.connections == 2
    sender.close()
