import pytest
import requests
import responses
from urllib3.exceptions import ConnectTimeoutError

from sentry_twilio.core import Accepted, Message, Refused
from sentry_twilio.sentry_host import persistence
from sentry_twilio.twilio.client import TwilioApiClient
from tests.twilio.loopback import serving

ONE, TWO = Message("+14154444441", "Hello"), Message("+14154444442", "Hello")
URL = f"https://api.twilio.com/2010-04-01/Accounts/AC{'a' * 32}/Messages.json"
CROWD = (429, {}, {"code": 20429, "message": "Too Many Requests"})


def client(url="https://api.twilio.com"):
    return TwilioApiClient("AC" + "a" * 32, "b" * 32, "+14158675309", base_url=url)


def created(form):
    return 201, {}, {"sid": "SM" + form["To"][-10:].zfill(32), "status": "queued"}


def test_a_429_that_lasts_and_does_not_say_how_long_is_outlasted(monkeypatch):
    monkeypatch.setattr(persistence, "CROWD_PAUSE", 0.1)
    refusals = iter(range(6))  # more than one fan-out takes

    def answer(form):
        if form["To"] == ONE.to and next(refusals, None) is not None:
            return CROWD
        return created(form)

    with serving(answer) as twilio:
        outcomes = persistence.send(client(twilio.url), [ONE, TWO])
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert sorted(form["To"] for form in twilio.forms) == [ONE.to] * 7 + [TWO.to]


def test_no_further_try_is_begun_without_the_time_for_an_answer(monkeypatch):
    monkeypatch.setattr(persistence, "CROWD_PAUSE", 0.0)
    enough = sum(persistence.TIMEOUT)
    with serving(lambda form: CROWD) as twilio:
        persistence.send(client(twilio.url), [ONE], deadline=enough)
    assert len(twilio.forms) == 5, "what one fan-out tries"


@pytest.mark.parametrize(("patience", "tries"), [(60.0, 5), (0.0, 1)])
def test_a_connection_that_times_out_is_tried_again_for_a_while_only(monkeypatch, patience, tries):
    monkeypatch.setattr(persistence, "CONNECT_PATIENCE", patience)
    with responses.RequestsMock() as firewall:
        firewall.add(responses.POST, URL, body=requests.ConnectTimeout(ConnectTimeoutError()))
        [outcome] = persistence.send(client(), [ONE])
        assert len(firewall.calls) == tries
    assert isinstance(outcome, Refused)
    assert outcome.kind == "transient"
