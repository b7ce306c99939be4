import pytest

from sentry_twilio import TwilioPlugin
from sentry_twilio.core import Invalid, OptOut, Receipt, Reply
from sentry_twilio.twilio.signature import sign

ACCOUNT = "AC" + "a" * 32
SERVICE = "MG" + "d" * 32
TOKEN = "b" * 32
SID = "SM" + "1" * 32
URL = "https://alerts.example.com/hooks/twilio/status/?attempt=7"
OPTIONS = {"account_sid": ACCOUNT, "auth_token": TOKEN}
STATUS = {
    "MessageSid": SID,
    "SmsSid": SID,
    "MessageStatus": "delivered",
    "SmsStatus": "delivered",
    "AccountSid": ACCOUNT,
    "From": "+13305093095",
    "To": "+14155552671",
    "ApiVersion": "2010-04-01",
    "SomethingNew": "1",
}
INBOUND = {
    "MessageSid": SID,
    "SmsStatus": "received",
    "AccountSid": ACCOUNT,
    "From": "+14155552671",
    "To": "+13305093095",
    "Body": "Who is this?",
    "NumMedia": "0",
}


def read(fields, token=TOKEN, options=OPTIONS, signature=None, body=None, url=URL):
    params = [(name, value) for name, value in fields.items() if value is not None]
    signature = signature if signature is not None else sign(url, params, token)
    return TwilioPlugin().read_callback(url, params, signature, body, options)


def test_a_delivery_is_a_receipt():
    assert read(STATUS) == Receipt(SID, "delivered", "delivered")


def test_a_failure_brings_its_code_and_reason():
    receipt = read({**STATUS, "MessageStatus": "undelivered", "ErrorCode": "30003"})
    assert isinstance(receipt, Receipt)
    assert (receipt.state, receipt.code, receipt.kind) == ("undelivered", 30003, "transient")
    assert receipt.reason


def test_another_token_proves_nothing():
    assert isinstance(read(STATUS, token="c" * 32), Invalid)


@pytest.mark.parametrize("signature", ["", "forged"])
def test_a_wrong_signature_is_invalid(signature):
    assert isinstance(read(STATUS, signature=signature), Invalid)


def test_a_missing_signature_is_invalid():
    result = TwilioPlugin().read_callback(URL, list(STATUS.items()), None, None, OPTIONS)
    assert isinstance(result, Invalid)


def test_without_a_token_nothing_can_be_proved():
    options = {"account_sid": ACCOUNT, "api_key": "SK", "api_secret": "s"}
    assert isinstance(read(STATUS, token="", options=options), Invalid)


def test_a_callback_is_for_the_account_that_signed_it():
    assert isinstance(read({**STATUS, "AccountSid": "AC" + "0" * 32}), Invalid)
    assert isinstance(read({**STATUS, "AccountSid": None}), Invalid)


@pytest.mark.parametrize(
    "changes",
    [
        {"MessageSid": None, "SmsSid": None},
        {"MessageSid": "SM1"},
        {"MessageStatus": None, "SmsStatus": None},
    ],
)
def test_a_callback_that_says_nothing_is_invalid(changes):
    assert isinstance(read({**STATUS, **changes}), Invalid)


def test_a_body_that_is_no_form_needs_its_hash():
    assert isinstance(read({}, body=b"{}"), Invalid)


@pytest.mark.parametrize("word", ["STOP", "stop", " Stop ", "UNSUBSCRIBE", "quit", "OPTOUT"])
def test_a_recipient_opts_out_with_a_word(word):
    assert read({**INBOUND, "Body": word}) == OptOut(
        SID, (f"twilio:{ACCOUNT}:+13305093095",), "+14155552671", opted_out=True
    )


@pytest.mark.parametrize("word", ["START", "yes", "Unstop"])
def test_a_recipient_opts_in_again_with_a_word(word):
    assert read({**INBOUND, "Body": word}).opted_out is False


def test_an_opt_out_is_from_the_whole_messaging_service():
    result = read({**INBOUND, "Body": "STOP", "MessagingServiceSid": SERVICE})
    assert result.senders == (f"twilio:{ACCOUNT}:{SERVICE}", f"twilio:{ACCOUNT}:+13305093095")


def test_the_accounts_own_words_are_known_to_twilio():
    assert read({**INBOUND, "Body": "Arrêt", "OptOutType": "STOP"}).opted_out is True
    assert read({**INBOUND, "Body": "stop", "OptOutType": "HELP"}) == Reply(
        SID, (f"twilio:{ACCOUNT}:+13305093095",), "+14155552671", "stop"
    )


@pytest.mark.parametrize("text", ["Please stop the server", "", "HELP", "STOP IT"])
def test_anything_else_is_a_reply(text):
    assert read({**INBOUND, "Body": text}) == Reply(
        SID, (f"twilio:{ACCOUNT}:+13305093095",), "+14155552671", text
    )


@pytest.mark.parametrize("signer", [TOKEN, "c" * 32])
def test_while_a_token_is_replaced_both_prove_a_report(signer):
    options = {**OPTIONS, "secondary_auth_token": "c" * 32}
    assert isinstance(read(STATUS, token=signer, options=options), Receipt)
    assert isinstance(read(STATUS, token="d" * 32, options=options), Invalid)
