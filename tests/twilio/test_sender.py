from datetime import datetime, timezone
from urllib.parse import parse_qsl

import pytest
import responses

from sentry_twilio import TwilioApiClient
from sentry_twilio.core import (
    Accepted,
    ApiError,
    ApiUnauthorized,
    CannotLookUp,
    Message,
    Receipt,
    Refused,
    Sender,
)
from sentry_twilio.twilio.sender import TwilioSender

ACCOUNT = "AC" + "a" * 32
SERVICE = "MG" + "d" * 32
SID = "SM" + "1" * 32
MESSAGES = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
ONE = MESSAGES.replace(".json", f"/{SID}.json")
MESSAGE = Message("+14155552671", "boom")


@pytest.fixture
def twilio():
    with responses.RequestsMock() as mock:
        yield mock


def sender(**arguments):
    return TwilioSender(TwilioApiClient(ACCOUNT, "b" * 32, "+13305093095", **arguments))


ACCOUNT_URL = MESSAGES.removesuffix("/Messages.json") + ".json"


def form_of(call):
    return dict(parse_qsl(call.request.body))


def test_it_is_what_the_outbox_expects():
    # mypy compares the signatures here.
    expected: Sender = sender()
    assert expected.timeout >= 30


def test_a_key_names_the_account_and_what_it_sends_from():
    assert sender().key == f"twilio:{ACCOUNT}:+13305093095"
    assert sender(messaging_service_sid=SERVICE).key == f"twilio:{ACCOUNT}:{SERVICE}"


def test_a_callback_asks_to_be_repeated_when_it_fails(twilio):
    twilio.post(MESSAGES, json={"sid": SID}, status=201)
    sender().send(MESSAGE, 90, "https://a.example/hook/?attempt=1")
    form = form_of(twilio.calls[0])
    assert form["StatusCallback"] == "https://a.example/hook/?attempt=1#rc=5&rp=all"
    assert form["ValidityPeriod"] == "90"


def test_without_a_callback_none_is_asked_for(twilio):
    twilio.post(MESSAGES, json={"sid": SID}, status=201)
    sender().send(MESSAGE)
    assert not {"StatusCallback", "ValidityPeriod"} & form_of(twilio.calls[0]).keys()


@pytest.mark.parametrize(("validity", "sent"), [(0, "1"), (99_999, "36000")])
def test_a_validity_is_one_that_twilio_takes(twilio, validity, sent):
    twilio.post(MESSAGES, json={"sid": SID}, status=201)
    sender().send(MESSAGE, validity)
    assert form_of(twilio.calls[0])["ValidityPeriod"] == sent


def test_a_refused_callback_does_not_cost_the_message(twilio):
    twilio.post(MESSAGES, json={"code": 21609}, status=400)
    twilio.post(MESSAGES, json={"sid": SID}, status=201)
    result = sender().send(MESSAGE, 90, "https://unreachable.example/")
    assert isinstance(result, Accepted)
    assert result.unreported
    assert "StatusCallback" not in form_of(twilio.calls[1])


def test_a_callback_that_twilio_cannot_take_is_not_even_tried(twilio):
    twilio.post(MESSAGES, json={"sid": SID}, status=201)
    assert isinstance(sender().send(MESSAGE, 90, "https://a_b.example/"), Accepted)
    assert "StatusCallback" not in form_of(twilio.calls[0])


def test_one_attempt_is_never_repeated(twilio):
    twilio.post(MESSAGES, json={"code": 20429}, status=429, headers={"Retry-After": "0"})
    result = sender().send(MESSAGE)
    assert isinstance(result, Refused)
    assert (result.kind, result.retry_after) == ("rate_limited", 0.0)
    assert len(twilio.calls) == 1


def test_a_status_is_a_receipt(twilio):
    row = {"sid": SID, "status": "undelivered", "error_code": 30003, "num_segments": "2"}
    twilio.get(ONE, json=row)
    receipt = sender().status(SID)
    assert isinstance(receipt, Receipt)
    assert (receipt.state, receipt.code, receipt.segments) == ("undelivered", 30003, 2)


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_a_status_that_cannot_be_had_is_none(twilio, status):
    twilio.get(ONE, json={"code": 20404}, status=status)
    assert sender().status(SID) is None


def test_a_look_up_asks_for_the_recipient_alone(twilio):
    twilio.get(MESSAGES, json={"messages": []})
    assert sender().find(MESSAGE, datetime.now(timezone.utc), ()) is None
    query = twilio.calls[0].request.url.split("?")[1]
    assert dict(parse_qsl(query)) == {"To": MESSAGE.to, "PageSize": "200"}


INCOMPLETE = {"json": {"code": 21604, "message": "A 'To' phone number is required."}, "status": 400}


def by_key():
    client = TwilioApiClient(
        ACCOUNT, sms_from="+13305093095", api_key="SK" + "c" * 32, api_secret="s" * 32
    )
    return TwilioSender(client)


def test_a_key_that_may_send_and_is_denied_the_list_cannot_look_up(twilio):
    twilio.get(MESSAGES, json={"code": 20003}, status=401)
    twilio.get(ACCOUNT_URL, json={"code": 20003}, status=401)
    twilio.post(MESSAGES, **INCOMPLETE)
    assert isinstance(by_key().find(MESSAGE, datetime.now(timezone.utc), ()), CannotLookUp)


def test_a_key_that_is_denied_everything_does_not_say_that_it_never_will_be_told(twilio):
    twilio.get(MESSAGES, json={"code": 20003}, status=401)
    twilio.get(ACCOUNT_URL, json={"code": 20003}, status=401)
    twilio.post(MESSAGES, json={"code": 20003}, status=401)
    with pytest.raises(ApiUnauthorized):
        by_key().find(MESSAGE, datetime.now(timezone.utc), ())


def test_an_auth_token_that_is_denied_the_list_is_wrong(twilio):
    twilio.get(MESSAGES, json={"code": 20003}, status=401)
    with pytest.raises(ApiUnauthorized):
        sender().find(MESSAGE, datetime.now(timezone.utc), ())


def test_a_check_finds_an_account_that_takes_messages_and_sends_none(twilio):
    twilio.get(ACCOUNT_URL, json={"status": "active"})
    twilio.post(MESSAGES, **INCOMPLETE)
    assert sender().check() is None
    assert not {"To", "From", "MessagingServiceSid"} & form_of(twilio.calls[1]).keys()


def test_a_check_finds_credentials_that_are_wrong(twilio):
    twilio.get(ACCOUNT_URL, json={"code": 20003}, status=401)
    refused = sender().check()
    assert isinstance(refused, Refused)
    assert (refused.code, refused.halts) == (20003, True)


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_a_check_finds_an_account_that_is_not_active(twilio, status):
    twilio.get(ACCOUNT_URL, json={"status": status})
    refused = sender().check()
    assert isinstance(refused, Refused)
    assert status in refused.reason


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_may_not_read_the_account_may_still_send(twilio, status):
    twilio.get(ACCOUNT_URL, json={"code": 20003}, status=status)
    twilio.post(MESSAGES, **INCOMPLETE)
    assert by_key().check() is None


@pytest.mark.parametrize(("status", "code"), [(401, 20003), (403, 70051), (403, 20005)])
def test_a_key_that_may_not_send_is_found(twilio, status, code):
    twilio.get(ACCOUNT_URL, json={"code": 20003}, status=401)
    twilio.post(MESSAGES, json={"code": code}, status=status)
    refused = by_key().check()
    assert isinstance(refused, Refused)
    assert (refused.code, refused.halts) == (code, True)


@pytest.mark.parametrize("status", [307, 403, 429, 500, 503])
def test_a_check_that_gets_no_answer_says_so(twilio, status):
    twilio.get(ACCOUNT_URL, status=status)
    with pytest.raises(ApiError):
        sender().check()


@pytest.mark.parametrize(("status", "code"), [(429, 20429), (500, None), (403, None)])
def test_a_check_that_gets_half_an_answer_says_so(twilio, status, code):
    twilio.get(ACCOUNT_URL, json={"status": "active"})
    twilio.post(MESSAGES, json={"code": code}, status=status)
    with pytest.raises(ApiError):
        sender().check()
