import threading
import time
from dataclasses import replace

import pytest

from sentry_twilio import TwilioPlugin
from sentry_twilio.core import Accepted, Alert, Notification, Project, Refused, Unknown
from sentry_twilio.sentry_host import sending
from tests.core import loopback as raw
from tests.twilio.loopback import serving

STORED = {
    "account_sid": "AC" + "a" * 32,
    "auth_token": "b" * 32,
    "sms_from": "4158675309",
    "sms_to": "4154444444",
}
ALERT = Alert(Project(7, "bar", "Bar"), "42", "Hello world", level="warning")
EVENT = replace(ALERT, event_id="e" * 32)


def send(url, limit=sending.LIMIT, alert=ALERT, **options):
    plugin = TwilioPlugin()
    plugin.configure(base_url=url)
    return sending.send(plugin, Notification(alert), {**STORED, **options}, limit=limit)


def wait_until(holds):
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def created(form):
    return 201, {}, {"sid": "SM" + form["To"][-10:].zfill(32), "status": "queued"}


def test_what_sentrys_own_plugin_stored_unread_is_read_now():
    with serving(created) as twilio:
        results = send(twilio.url)
    [form] = twilio.forms
    assert (form["To"], form["From"]) == ("+14154444444", "+14158675309")
    assert form["Body"] == "Sentry [Bar] WARNING: Hello world"
    assert [type(outcome) for _, outcome in results] == [Accepted]


def test_two_spellings_are_one_message_and_blanks_do_not_split_a_number():
    with serving(created) as twilio:
        send(twilio.url, sms_to="(415) 444-4444, 4154444444 +1 415-444-4444")
    assert [form["To"] for form in twilio.forms] == ["+14154444444"]


def test_what_is_no_number_is_named_and_the_others_are_texted_all_the_same():
    with serving(created) as twilio:
        results = dict(send(twilio.url, sms_to="12, 4154444444"))
    assert isinstance(results["+14154444444"], Accepted)
    assert results["12"] == Refused(None, "config", "This is not a valid phone number.")
    assert len(twilio.forms) == 1


def test_nothing_but_nonsense_is_no_request():
    with serving(created) as twilio:
        results = send(twilio.url, sms_to="twelve")
    assert [name for name, _ in results] == ["twelve"]
    assert twilio.forms == []


def test_a_sender_that_cannot_be_read_is_left_to_twilio():
    stored = {**STORED, "sms_from": "no/number"}
    assert sending.readable(stored, "US")[0]["sms_from"] == "no/number"


def test_all_recipients_are_sent_to_at_once():
    together = threading.Barrier(4, timeout=20)

    def answer(form):
        together.wait()  # breaks unless four requests are in flight at once
        return created(form)

    with serving(answer) as twilio:
        results = send(twilio.url, sms_to=",".join(f"+1415444444{n}" for n in range(4)))
    assert all(isinstance(outcome, Accepted) for _, outcome in results)


def test_a_429_is_repeated_until_it_is_taken():
    refusals = iter(range(2))

    def answer(form):
        if next(refusals, None) is not None:
            return 429, {"Retry-After": "0"}, {"code": 20429, "message": "Too Many Requests"}
        return created(form)

    with serving(answer) as twilio:
        [(_, outcome)] = send(twilio.url)
    assert isinstance(outcome, Accepted)
    assert len(twilio.forms) == 3


def test_a_429_that_says_to_wait_for_too_long_is_the_answer():
    crowd = {"code": 20429, "message": "Too Many Requests"}
    with serving(lambda form: (429, {"Retry-After": "900"}, crowd)) as twilio:
        [(_, outcome)] = send(twilio.url)
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.retry_after) == (20429, 900)
    assert len(twilio.forms) == 1


@pytest.mark.parametrize("status", [500, 503])
def test_what_may_have_been_taken_is_never_repeated(status):
    with serving(lambda form: (status, {}, {})) as twilio:
        [(_, outcome)] = send(twilio.url)
    assert isinstance(outcome, Unknown)
    assert len(twilio.forms) == 1


def test_an_answer_that_only_trickles_in_is_not_waited_for():
    done = threading.Event()
    begun = threading.Event()

    def trickle(connection, server):
        server.read(connection)
        connection.sendall(b"HTTP/1.1 201 Created\r\n")
        begun.set()
        while not done.wait(0.05):
            connection.sendall(b"X-More: to come\r\n")

    with raw.serving(trickle) as twilio:
        try:
            [(_, outcome)] = send(twilio.url, limit=2.0)
        finally:
            done.set()
    assert begun.is_set()
    assert outcome == Unknown("Twilio's answer was not complete after 2 seconds.")


def test_it_ends_before_sentry_ends_the_task_and_nginx_the_request():
    assert sending.LIMIT <= 30 - 3


def test_what_is_refused_after_sentry_went_away_may_be_sent_by_the_next_call(shared_cache):
    go_on = threading.Event()

    def answer(form):
        go_on.wait(20)
        return 400, {}, {"code": 21610, "message": "No."}

    with serving(answer) as twilio:
        [(_, outcome)] = send(twilio.url, limit=0.1, alert=EVENT)
        assert isinstance(outcome, Unknown)
        assert send(twilio.url, alert=EVENT) == [], "the first call has it still in hand"
        go_on.set()
        wait_until(lambda: send(twilio.url, alert=EVENT) != [])


def test_the_recipient_whom_a_call_refused_is_all_that_a_repetition_sends_to(shared_cache):
    refusals = iter(range(1))

    def answer(form):
        if form["To"].endswith("2") and next(refusals, None) is not None:
            return 400, {}, {"code": 21211, "message": "No."}
        if form["To"].endswith("3"):
            return 500, {}, {}
        return created(form)

    sms_to = "+14154444441,+14154444442,+14154444443"
    with serving(answer) as twilio:
        first = send(twilio.url, sms_to=sms_to, alert=EVENT)
        again = send(twilio.url, sms_to=sms_to, alert=EVENT)
    assert [type(outcome) for _, outcome in first] == [Accepted, Refused, Unknown]
    assert [(to, type(outcome)) for to, outcome in again] == [("+14154444442", Accepted)]
    assert sorted(form["To"][-1] for form in twilio.forms) == ["1", "2", "2", "3"]
