from datetime import date, datetime, timedelta, timezone
from urllib.parse import parse_qsl

import pytest
import responses

from sentry_twilio import TwilioApiClient
from sentry_twilio.core import ApiForbidden, ApiInvalidRequest, ApiServerError
from sentry_twilio.emulator.testing import RunningEmulator

ACCOUNT = "AC" + "a" * 32
SID = "SM" + "1" * 32
MESSAGES = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
ONE = MESSAGES.replace(".json", f"/{SID}.json")
CREATED = {"sid": SID, "status": "queued", "num_segments": "1"}


@pytest.fixture
def twilio():
    with responses.RequestsMock() as mock:
        yield mock


def client():
    return TwilioApiClient(ACCOUNT, "b" * 32, "+13305093095", "+14155552671")


def query_of(call):
    return dict(parse_qsl(call.request.url.partition("?")[2]))


def test_a_message_can_be_fetched(twilio):
    twilio.get(MESSAGES.replace(".json", f"/{SID}.json"), json=CREATED)
    assert client().get_message(SID) == CREATED


def test_a_sid_cannot_leave_the_messages(twilio):
    twilio.get(MESSAGES.replace(".json", "/..%2F..%2FX.json"), json=CREATED)
    assert client().get_message("../../X") == CREATED


def test_a_list_is_read_page_by_page(twilio):
    following = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page=1&PageToken=x"
    first = twilio.get(
        MESSAGES, json={"messages": [{"n": 1}, {"n": 2}], "next_page_uri": following}
    )
    rows = client().list_messages(to="+14155552671", date_sent_after=date(2030, 1, 2), page_size=2)
    assert [next(rows), next(rows)] == [{"n": 1}, {"n": 2}]
    assert len(twilio.calls) == 1
    assert dict(parse_qsl(twilio.calls[0].request.url.split("?")[1])) == {
        "To": "+14155552671",
        "DateSent>": "2030-01-02",
        "PageSize": "2",
    }
    twilio.remove(first)
    second = twilio.get(MESSAGES, json={"messages": [{"n": 3}], "next_page_uri": None})
    assert list(rows) == [{"n": 3}]
    assert second.calls[0].request.url.endswith("?Page=1&PageToken=x")


def test_a_list_ends_at_the_limit(twilio):
    following = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page=1"
    twilio.get(MESSAGES, json={"messages": [{"n": 1}, {"n": 2}], "next_page_uri": following})
    assert list(client().list_messages(limit=2)) == [{"n": 1}, {"n": 2}]
    assert len(twilio.calls) == 1


def test_a_next_page_elsewhere_is_not_followed(twilio):
    page = {"messages": [{"n": 1}], "next_page_uri": "https://evil.example/"}
    twilio.get(MESSAGES, json=page)
    with pytest.raises(ApiServerError):
        list(client().list_messages())
    assert len(twilio.calls) == 1


def test_a_list_that_may_not_be_read_is_an_error(twilio):
    twilio.get(MESSAGES, json={"code": 20403}, status=403)
    with pytest.raises(ApiForbidden):
        next(client().list_messages())


def test_a_list_asks_for_no_more_rows_than_are_wanted(twilio):
    twilio.get(MESSAGES, json={"messages": []})
    list(client().list_messages(limit=3))
    list(client().list_messages(page_size=5000))
    list(client().list_messages())
    assert [query_of(call)["PageSize"] for call in twilio.calls] == ["3", "1000", "50"]


def test_a_limit_of_none_at_all_asks_nothing(twilio):
    assert list(client().list_messages(limit=0)) == []
    assert not twilio.calls


def test_a_list_is_filtered_by_sender_and_days(twilio):
    twilio.get(MESSAGES, json={"messages": []})
    # An hour after midnight in Zurich, where it is still the day before in Greenwich.
    moment = datetime(2030, 1, 2, 1, tzinfo=timezone(timedelta(hours=2)))
    days = {"date_sent": moment, "date_sent_before": date(2030, 1, 5)}
    list(client().list_messages(from_="Sentry", **days))
    query = query_of(twilio.calls[0])
    assert query == {
        "From": "Sentry",
        "DateSent": "2030-01-01",
        "DateSent<": "2030-01-05",
        "PageSize": "50",
    }


def test_a_time_without_a_zone_has_no_day():
    with pytest.raises(ValueError, match="time zone"):
        client().list_messages(date_sent=datetime(2030, 1, 2))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("action", "form"),
    [("cancel_message", {"Status": "canceled"}), ("redact_message", {"Body": ""})],
)
def test_a_change_is_a_form_with_nothing_else(twilio, action, form):
    twilio.post(ONE, json=CREATED)
    assert getattr(client(), action)(SID) == CREATED
    request = twilio.calls[0].request
    assert dict(parse_qsl(request.body, keep_blank_values=True)) == form
    assert request.headers["Authorization"].startswith("Basic ")


def test_a_message_that_was_sent_cannot_be_cancelled(twilio):
    twilio.post(ONE, json={"code": 30409, "status": 400}, status=400)
    with pytest.raises(ApiInvalidRequest) as caught:
        client().cancel_message(SID)
    assert caught.value.body["code"] == 30409


def test_a_deleted_message_leaves_no_answer(twilio):
    twilio.delete(ONE, status=204)
    assert client().delete_message(SID) is None
    assert twilio.calls[0].request.headers["Authorization"].startswith("Basic ")


def test_the_emulator_does_as_asked():
    with RunningEmulator(pace=0.01) as emulator:
        service = "MG" + "d" * 32
        twilio = TwilioApiClient(
            emulator.account_sid,
            emulator.auth_token,
            messaging_service_sid=service,
            base_url=emulator.base_url,
        )
        with twilio:
            later = datetime.now(timezone.utc) + timedelta(hours=1)
            scheduled = twilio.send_message(
                "+14155550100", "x", schedule_type="fixed", send_at=later
            )
            assert twilio.cancel_message(scheduled.sid)["status"] == "canceled"
            sent = twilio.send_message("+14155550100", "secret")
            emulator.wait_for()
            assert twilio.redact_message(sent.sid)["body"] == ""
            twilio.delete_message(sent.sid)
            left = list(twilio.list_messages(to="+14155550100"))
    assert [row["sid"] for row in left] == [scheduled.sid]
