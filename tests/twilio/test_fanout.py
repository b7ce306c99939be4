import logging
import threading
import time

import pytest

from sentry_twilio import TwilioApiClient
from sentry_twilio.core import (
    Accepted,
    ApiConnectionError,
    ApiError,
    ApiInvalidRequest,
    ApiRateLimited,
    ApiServerError,
    Message,
    Refused,
    Unknown,
)
from sentry_twilio.twilio.fanout import fan_out, worth_repeating
from tests.twilio.loopback import serving

ACCOUNT = "AC" + "a" * 32
TOKEN = "b" * 32
MESSAGES = [Message(f"+1415555{n:04}", "Sentry [x] ERROR: y") for n in range(50)]
TIMEOUT = (5.0, 10.0)


def created(form):
    return 201, {}, {"sid": "SM" + form["To"][-10:].zfill(32), "status": "queued"}


def client(loopback):
    return TwilioApiClient(ACCOUNT, TOKEN, "+13305093095", base_url=loopback.url)


def test_every_message_is_sent_and_the_outcomes_keep_their_order():
    def answer(form):
        time.sleep(0.002 * (int(form["To"][-1]) % 3))  # so that they end in another order
        return created(form)

    with serving(answer) as loopback, client(loopback) as twilio:
        outcomes = twilio.fan_out(MESSAGES)
    assert [outcome.sid[-10:] for outcome in outcomes] == [m.to[-10:] for m in MESSAGES]
    assert sorted(form["To"] for form in loopback.forms) == [m.to for m in MESSAGES]


def test_it_is_concurrent_and_never_needs_more_than_ten_connections():
    together = threading.Barrier(10, timeout=10)

    def answer(form):
        together.wait()  # breaks unless ten requests are in flight at once
        return created(form)

    with serving(answer) as loopback, client(loopback) as twilio:
        outcomes = twilio.fan_out(MESSAGES, concurrency=50)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert len(loopback.connections) == 10


def test_a_refusal_belongs_to_its_message_alone():
    def answer(form):
        if form["To"] == MESSAGES[3].to:
            return 400, {}, {"code": 21610, "message": "stopped"}
        return created(form)

    with serving(answer) as loopback, client(loopback) as twilio:
        outcomes = twilio.fan_out(MESSAGES[:5])
    assert [type(outcome) for outcome in outcomes] == [Accepted] * 3 + [Refused] + [Accepted]
    assert len(loopback.forms) == 5


def test_too_many_requests_are_repeated_within_the_call():
    refused = set()

    def answer(form):
        if form["To"] not in refused:
            refused.add(form["To"])
            return 429, {"Retry-After": "0"}, {"code": 20429}
        return created(form)

    with serving(answer) as loopback, client(loopback) as twilio:
        outcomes = twilio.fan_out(MESSAGES[:5])
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert len(loopback.forms) == 10


@pytest.mark.parametrize(("status", "code"), [(429, 63038), (500, 20500), (400, 21610)])
def test_nothing_else_is_repeated(status, code):
    def answer(form):
        return status, {"Retry-After": "0"}, {"code": code}

    with serving(answer) as loopback, client(loopback) as twilio:
        twilio.fan_out(MESSAGES[:2])
    assert len(loopback.forms) == 2


def test_an_exception_loses_no_other_outcome(caplog):
    def send(message, timeout, retry):
        if message is MESSAGES[1]:
            raise RuntimeError(f"secret {message.to}")
        return Accepted(message.to)

    with caplog.at_level(logging.DEBUG):
        outcomes = fan_out(send, MESSAGES[:3], TIMEOUT)
    assert outcomes[0] == Accepted(MESSAGES[0].to)
    assert isinstance(outcomes[1], Unknown)
    assert outcomes[2] == Accepted(MESSAGES[2].to)
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text
    assert MESSAGES[1].to not in caplog.text


def test_what_cannot_begin_before_the_deadline_is_refused():
    def send(message, timeout, retry):
        assert sum(timeout) <= 0.1
        time.sleep(0.15)
        return Accepted(message.to)

    outcomes = fan_out(send, MESSAGES[:2], TIMEOUT, deadline=0.2, concurrency=1)
    assert outcomes[0] == Accepted(MESSAGES[0].to)
    assert isinstance(outcomes[1], Refused)
    assert outcomes[1].kind == "transient"


def test_no_messages_are_no_work():
    assert fan_out(None, [], TIMEOUT) == []


@pytest.mark.parametrize(
    ("error", "repeated"),
    [
        (ApiConnectionError("no", may_have_been_processed=False), True),
        (ApiConnectionError("broke", may_have_been_processed=True), False),
        (ApiInvalidRequest("no URL", may_have_been_processed=False), False),
        (
            ApiRateLimited(
                "crowd", status=429, body={"code": 20429}, may_have_been_processed=False
            ),
            True,
        ),
        (
            ApiRateLimited("day", status=429, body={"code": 63038}, may_have_been_processed=False),
            False,
        ),
        (ApiRateLimited("?", status=429, may_have_been_processed=False), False),
        (ApiServerError("500", status=500), False),
        (ApiError("anything"), False),
    ],
)
def test_only_what_a_moment_cures_is_worth_repeating(error, repeated):
    assert worth_repeating(error) is repeated


# Waiting ---------------------------------------------------------------------------------


@pytest.fixture
def waits(monkeypatch):
    """How long each wait would have been."""
    waited = []
    monkeypatch.setattr("sentry_twilio.core.client.time.sleep", waited.append)
    return waited


def crowded(times, headers):
    asked = []

    def answer(form):
        asked.append(form)
        return (429, headers, {"code": 20429}) if len(asked) <= times else created(form)

    return answer


def test_without_a_word_from_twilio_the_wait_doubles(waits):
    with serving(crowded(3, {})) as loopback, client(loopback) as twilio:
        assert isinstance(twilio.fan_out(MESSAGES[:1])[0], Accepted)
    assert waits == [pytest.approx(seconds, rel=0.11) for seconds in (0.1, 0.2, 0.4)]


def test_twilios_own_wait_is_honoured(waits):
    with serving(crowded(1, {"Retry-After": "7"})) as loopback, client(loopback) as twilio:
        assert isinstance(twilio.fan_out(MESSAGES[:1])[0], Accepted)
    assert waits == [7.0]


def test_no_wait_goes_beyond_the_deadline(waits):
    with serving(crowded(9, {"Retry-After": "7"})) as loopback, client(loopback) as twilio:
        outcomes = twilio.fan_out(MESSAGES[:2], deadline=5)
    assert [(outcome.code, outcome.kind) for outcome in outcomes] == [(20429, "rate_limited")] * 2
    assert waits == []
    assert len(loopback.forms) == 2


def test_a_crowd_that_stays_is_an_outcome_after_five_tries(waits):
    with serving(crowded(99, {})) as loopback, client(loopback) as twilio:
        outcomes = twilio.fan_out(MESSAGES[:1])
    assert outcomes[0].kind == "rate_limited"
    assert len(loopback.forms) == 5


def test_a_failure_to_connect_is_repeated(waits):
    nowhere = TwilioApiClient(ACCOUNT, TOKEN, "+13305093095", base_url="http://127.0.0.1:1")
    with nowhere as twilio:
        outcomes = twilio.fan_out(MESSAGES[:1])
    assert outcomes[0].kind == "transient"
    assert len(waits) == 4


def test_one_message_by_itself_is_not_repeated(waits):
    with serving(crowded(1, {})) as loopback, client(loopback) as twilio:
        assert twilio.send_message(MESSAGES[0].to, "x").kind == "rate_limited"
    assert len(loopback.forms) == 1
