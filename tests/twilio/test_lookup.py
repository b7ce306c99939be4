from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import responses

from sentry_twilio import TwilioApiClient
from sentry_twilio.core import Accepted, ApiError, CannotLookUp, Message
from sentry_twilio.twilio.lookup import find

ACCOUNT = "AC" + "a" * 32
SERVICE = "MG" + "d" * 32
URL = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
MESSAGE = Message("+14155552671", "boom")
FROM_NUMBER = TwilioApiClient(ACCOUNT, "b" * 32, "+13305093095")
FROM_SERVICE = TwilioApiClient(ACCOUNT, "b" * 32, messaging_service_sid=SERVICE)


def row(number=1, **changes):
    return {
        "sid": f"SM{number:032}",
        "to": MESSAGE.to,
        "from": "+13305093095",
        "messaging_service_sid": None,
        "body": "boom",
        "direction": "outbound-api",
        "status": "queued",
        "num_segments": "1",
        "date_created": format_datetime(datetime.now(UTC)),
        **changes,
    }


def look(*rows, client=FROM_NUMBER, since=None, known=(), headers=None, **answer):
    with responses.RequestsMock() as twilio:
        twilio.get(URL, headers=headers, **(answer or {"json": {"messages": rows}}))
        return find(client, MESSAGE, since or datetime.now(UTC), known)


def minutes_ago(minutes):
    return format_datetime(datetime.now(UTC) - timedelta(minutes=minutes))


def test_the_message_is_found():
    assert look(row()) == Accepted(f"SM{1:032}", "queued", 1)


def test_the_prefix_of_a_trial_account_is_not_the_texts():
    assert isinstance(look(row(body="Sent from your Twilio trial account - boom")), Accepted)


@pytest.mark.parametrize(
    "changes",
    [
        {"body": "another"},
        {"from": "+13305550000"},
        {"direction": "inbound"},
        {"direction": "outbound-reply"},
        {"messaging_service_sid": SERVICE},
        {"date_created": minutes_ago(3)},
        {"date_created": None},
        {"sid": None},
    ],
)
def test_another_message_is_not_taken_for_it(changes):
    assert look(row(**changes)) is None


def test_what_belongs_to_another_delivery_is_not_taken_for_it():
    known = {f"SM{1:032}"}
    assert look(row(1), known=known) is None
    assert look(row(1), row(2), known=known).sid == f"SM{2:032}"


def test_of_several_it_is_the_oldest():
    newest_first = (row(2), row(1, date_created=minutes_ago(0.5)))
    assert look(*newest_first).sid == f"SM{1:032}"


def test_a_message_of_the_service_may_not_have_a_number_yet():
    waiting = row(**{"from": None}, messaging_service_sid=SERVICE)
    assert isinstance(look(waiting, client=FROM_SERVICE), Accepted)
    other = row(messaging_service_sid="MG" + "0" * 32)
    assert look(other, client=FROM_SERVICE) is None


def test_our_clock_may_be_wrong():
    # Ours is an hour ahead of Twilio's, so the message seems to be from before the attempt.
    theirs = datetime.now(UTC) - timedelta(hours=1)
    created = row(date_created=format_datetime(theirs))
    assert look(created, headers={"Date": format_datetime(theirs, usegmt=True)}) is not None
    assert look(created) is None


@pytest.mark.parametrize("changes", [{"body": ""}, {"body": None}, {"to": "+1415555XXXX"}])
def test_what_the_account_hides_cannot_be_looked_up(changes):
    assert isinstance(look(row(**changes)), CannotLookUp)
    assert isinstance(look(row(1, **changes), row(2)), Accepted)


def test_a_key_that_may_not_read_messages_cannot_look_up():
    assert isinstance(look(status=403, json={"code": 20403}), CannotLookUp)


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 401, "json": {"code": 20003}},
        {"status": 429, "json": {"code": 20429}},
        {"status": 500},
        {"status": 200, "json": []},
    ],
)
def test_a_twilio_that_cannot_be_asked_now_is_not_one_that_says_no(answer):
    with pytest.raises(ApiError):
        look(**answer)
