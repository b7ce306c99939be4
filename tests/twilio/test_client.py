import base64
import logging
from datetime import datetime, timezone
from urllib.parse import parse_qsl

import pytest
import requests
import responses

from sentry_twilio import TwilioApiClient
from sentry_twilio.core import (
    Accepted,
    ApiUnauthorized,
    Message,
    Refused,
    Unknown,
)

ACCOUNT = "AC" + "a" * 32
TOKEN = "b" * 32
KEY = "SK" + "c" * 32
SERVICE = "MG" + "d" * 32
SID = "SM" + "1" * 32
MESSAGES = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
CREATED = {"sid": SID, "status": "queued", "num_segments": "1"}


@pytest.fixture
def twilio():
    with responses.RequestsMock() as mock:
        yield mock


def client(**arguments):
    return TwilioApiClient(ACCOUNT, TOKEN, "+13305093095", "+14155552671", **arguments)


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def form_of(twilio, call=0):
    return dict(parse_qsl(twilio.calls[call].request.body, keep_blank_values=True))


def test_a_message_is_a_form_with_basic_authentication(twilio):
    twilio.post(MESSAGES, json=CREATED, status=201, headers={"Twilio-Request-Id": "RQ1"})
    result = client().send_message("+14155552671", "Hello 漢")
    assert result == Accepted(SID, "queued", 1, "RQ1")
    request = twilio.calls[0].request
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.headers["Authorization"] == basic(ACCOUNT, TOKEN)
    assert form_of(twilio) == {
        "From": "+13305093095",
        "To": "+14155552671",
        "Body": "Hello 漢",
        "RiskCheck": "disable",
    }


def test_an_api_key_goes_before_the_token(twilio):
    twilio.post(MESSAGES, json=CREATED, status=201)
    client(api_key=KEY, api_secret="s").send_message("+14155552671", "x")
    assert twilio.calls[0].request.headers["Authorization"] == basic(KEY, "s")


def test_a_messaging_service_stands_for_the_sender(twilio):
    twilio.post(MESSAGES, json=CREATED, status=201)
    client(messaging_service_sid=SERVICE).send_message("+14155552671", "x")
    assert form_of(twilio)["MessagingServiceSid"] == SERVICE
    assert "From" not in form_of(twilio)


def test_options_have_twilios_names_or_pythons(twilio):
    twilio.post(MESSAGES, json=CREATED, status=201)
    client(messaging_service_sid=SERVICE).send_message(
        "+14155552671",
        "x",
        StatusCallback="https://a.example/",
        validity_period=60,
        smart_encoded=True,
        schedule_type="fixed",
        send_at=datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
        media_url=["https://a.example/1", "https://a.example/2"],
        risk_check=None,
        from_="Sentry",
    )
    body = parse_qsl(twilio.calls[0].request.body)
    assert [value for name, value in body if name == "MediaUrl"] == [
        "https://a.example/1",
        "https://a.example/2",
    ]
    assert {name: value for name, value in body if name != "MediaUrl"} == {
        "To": "+14155552671",
        "From": "Sentry",
        "MessagingServiceSid": SERVICE,
        "Body": "x",
        "ScheduleType": "fixed",
        "StatusCallback": "https://a.example/",
        "ValidityPeriod": "60",
        "SmartEncoded": "true",
        "SendAt": "2030-01-02T03:04:05Z",
    }


def test_a_parameter_that_twilio_does_not_have_is_a_mistake():
    with pytest.raises(ValueError, match="colour"):
        client().send_message("+14155552671", "x", colour="red")
    with pytest.raises(ValueError, match="colour"):
        client().fan_out([Message("+14155552671", "x")], colour="red")


def test_a_service_among_the_options_takes_the_place_of_the_clients_number(twilio):
    twilio.post(MESSAGES, json=CREATED, status=201)
    client().send_message("+14155552671", "x", messaging_service_sid=SERVICE)
    assert form_of(twilio)["MessagingServiceSid"] == SERVICE
    assert "From" not in form_of(twilio)


def test_what_twilio_would_refuse_is_refused_without_asking_it(twilio):
    assert client().send_message("+14155552671", "x" * 1601) == Refused(
        21617,
        "message",
        "The text is longer than the 1,600 characters that Twilio takes. Shorten it.",
    )
    outcomes = client().fan_out([Message("+14155552671", "x")], validity_period=0)
    assert [outcome.code for outcome in outcomes] == [21624]
    assert not twilio.calls


def test_without_a_sender_nothing_is_sent(twilio):
    result = TwilioApiClient(ACCOUNT, TOKEN).send_message("+14155552671", "x")
    assert (result.code, result.kind) == (21603, "config")
    assert not twilio.calls


def test_a_refusal_is_an_outcome(twilio):
    twilio.post(MESSAGES, json={"code": 21610, "message": "stop", "status": 400}, status=400)
    result = client().send_message("+14155552671", "x")
    assert isinstance(result, Refused)
    assert (result.code, result.kind) == (21610, "recipient")


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500, "body": "<html>"},
        {"status": 201, "json": {}},
        {"status": 201, "body": "not json"},
        {"body": requests.ReadTimeout()},
        {"body": requests.ConnectionError("reset")},
    ],
)
def test_without_a_usable_answer_the_outcome_is_unknown(twilio, answer):
    twilio.post(MESSAGES, **answer)
    assert isinstance(client().send_message("+14155552671", "x"), Unknown)
    assert len(twilio.calls) == 1


def test_a_redirect_is_not_followed_with_credentials(twilio):
    twilio.post(MESSAGES, status=307, headers={"Location": "https://evil.example/"})
    result = client().send_message("+14155552671", "x")
    assert isinstance(result, Refused)
    assert len(twilio.calls) == 1


def test_a_raw_request_raises_what_twilio_answers(twilio):
    twilio.post(MESSAGES, json={"code": 20003, "status": 401}, status=401)
    with pytest.raises(ApiUnauthorized):
        client().request({"To": "+14155552671", "Body": "x"})


def test_the_recipients_are_those_it_was_made_with():
    recipients = "+14155552671, +14155552672"
    assert TwilioApiClient(ACCOUNT, TOKEN, "Sentry", recipients).messages("x") == [
        Message("+14155552671", "x"),
        Message("+14155552672", "x"),
    ]


def test_a_region_comes_with_its_edge(twilio):
    twilio.post(MESSAGES.replace("api.", "api.dublin.ie1."), json=CREATED, status=201)
    other = client(region="ie1", edge="dublin")
    assert isinstance(other.send_message("+14155552671", "x"), Accepted)


@pytest.mark.parametrize(
    "arguments",
    [
        {"region": "ie1"},
        {"edge": "dublin"},
        {"region": "ie1", "edge": "dublin", "base_url": "http://127.0.0.1:8010"},
    ],
)
def test_half_a_region_is_a_mistake(arguments):
    with pytest.raises(ValueError, match="region"):
        client(**arguments)


def test_a_region_is_another_base_url(twilio):
    twilio.post(MESSAGES.replace("api.", "api.dublin.ie1."), json=CREATED, status=201)
    other = client(base_url="https://api.dublin.ie1.twilio.com/")
    assert isinstance(other.send_message("+14155552671", "x"), Accepted)


def test_credentials_show_nowhere(twilio, caplog):
    caplog.set_level(logging.DEBUG)
    twilio.post(MESSAGES, json={"code": 20003, "status": 401}, status=401)
    secretive = client(api_key=KEY, api_secret="s3cret-of-key")
    with pytest.raises(ApiUnauthorized) as caught:
        secretive.request({"To": "+14155552671", "Body": "private words"})
    result = secretive.send_message("+14155552671", "private words")
    encoded = basic(KEY, "s3cret-of-key")
    shown = [repr(secretive), repr(vars(secretive)), repr(caught.value), repr(result), caplog.text]
    assert "/Messages.json" in caplog.text
    for secret in (TOKEN, "s3cret-of-key", encoded, encoded.removeprefix("Basic ")):
        assert not [text for text in shown if secret in text]
    assert "+14155552671" not in caplog.text
    assert "private words" not in caplog.text


@pytest.mark.parametrize("name", ["To", "to", "Body", "body_"])
def test_the_recipient_and_the_text_cannot_be_given_twice(name):
    client = TwilioApiClient(SID, TOKEN, "+15005550006")
    with pytest.raises((TypeError, ValueError)):
        client.send_message("+14155550100", "x", **{name: "+14155550199"})
