import json
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from sentry_twilio import TwilioApiClient
from sentry_twilio.core import Accepted, ApiError, CannotLookUp, Message, Unknown
from sentry_twilio.emulator.testing import RunningEmulator
from sentry_twilio.twilio import lookup
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
        "date_created": format_datetime(datetime.now(timezone.utc)),
        **changes,
    }


def look(*rows, client=FROM_NUMBER, since=None, known=(), headers=None, **answer):
    with responses.RequestsMock() as twilio:
        twilio.get(URL, headers=headers, **(answer or {"json": {"messages": rows}}))
        return find(client, MESSAGE, since or datetime.now(timezone.utc), known)


def minutes_ago(minutes):
    return format_datetime(datetime.now(timezone.utc) - timedelta(minutes=minutes))


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


def test_the_service_chooses_the_number():
    chosen = row(**{"from": "+13305550000"}, messaging_service_sid=SERVICE)
    assert isinstance(look(chosen, client=FROM_SERVICE), Accepted)


def test_our_clock_may_be_wrong():
    # Ours is an hour ahead of Twilio's, so the message seems to be from before the attempt.
    theirs = datetime.now(timezone.utc) - timedelta(hours=1)
    created = row(date_created=format_datetime(theirs))
    assert look(created, headers={"Date": format_datetime(theirs, usegmt=True)}) is not None
    assert look(created) is None


@pytest.mark.parametrize(
    "changes",
    [{"body": ""}, {"body": None}, {"to": "+1415555XXXX"}, {"from": "+1330509XXXX"}],
)
def test_what_the_account_hides_cannot_be_looked_up(changes):
    assert isinstance(look(row(**changes)), CannotLookUp)
    assert isinstance(look(row(1, **changes), row(2)), Accepted)


def test_a_name_with_an_x_in_it_is_not_hidden():
    assert look(row(**{"from": "XBOX"})) is None


def test_a_list_of_several_pages_is_read_up_to_a_thousand_rows():
    following = URL.removeprefix("https://api.twilio.com") + "?Page={}"
    old = minutes_ago(3)
    others = [row(number, date_created=old) for number in range(400)]
    with responses.RequestsMock() as twilio:
        for number in range(3):
            rows = [*others, row(5000)] if number == 2 else others
            page = {"messages": rows, "next_page_uri": following.format(number + 1)}
            twilio.get(URL, json=page)
        found = find(FROM_NUMBER, MESSAGE, datetime.now(timezone.utc), ())
        assert found == Accepted(f"SM{5000:032}", "queued", 1)
        assert len(twilio.calls) == 3


def pages_of(rows, sizes, seconds_each=0.0, clock=None):
    """Twilio's list, page by page, as large as it is asked for; `sizes` gets what that was."""

    def answer(request):
        query = parse_qs(urlsplit(request.url).query)
        size, number = int(query["PageSize"][0]), int(query.get("Page", ["0"])[0])
        sizes.append(size)
        if clock is not None:
            clock.now += seconds_each
        end = (number + 1) * size
        following = f"{urlsplit(URL).path}?PageSize={size}&Page={number + 1}"
        page = {
            "messages": rows[end - size : end],
            "next_page_uri": following if end < len(rows) else None,
        }
        return 200, {}, json.dumps(page)

    return answer


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still unless it is set."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(lookup, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (150, 1), (1000, 5), (5000, 5)])
def test_a_long_list_comes_in_pages_that_a_slow_line_can_bear(count, requests):
    old, sizes = minutes_ago(3), []
    rows = [row(number, date_created=old) for number in range(count)]
    with responses.RequestsMock() as twilio:
        twilio.add_callback("GET", URL, callback=pages_of(rows, sizes))
        assert find(FROM_NUMBER, MESSAGE, datetime.now(timezone.utc), ()) is None
    assert len(sizes) == requests
    assert max(sizes) <= 200  # 170 KiB of real ones


def test_of_a_slow_list_that_is_read_which_may_hold_the_message(clock):
    new = [row(number, body="another") for number in range(499)]
    old = [row(number, date_created=minutes_ago(30)) for number in range(500, 1000)]
    sizes = []
    slow = pages_of([*new, row(499), *old], sizes, 15.0, clock)
    with responses.RequestsMock() as twilio:
        twilio.add_callback("GET", URL, callback=slow)
        found = find(FROM_NUMBER, MESSAGE, datetime.now(timezone.utc), ())
    assert found == Accepted(f"SM{499:032}", "queued", 1)
    assert len(sizes) == 3


def test_a_list_that_does_not_reach_back_to_the_attempt_is_no_answer():
    rows = [row(number, body="another") for number in range(1000)]
    assert isinstance(look(*rows), CannotLookUp)
    assert look(*rows[:999]) is None
    assert look(*rows[:999], row(1, date_created=minutes_ago(3))) is None


def test_what_is_no_row_is_passed_over():
    assert isinstance(look(None, "x", row()), Accepted)


@pytest.mark.parametrize(("status", "code"), [(403, 20403), (403, 70051), (401, 70051)])
def test_a_key_that_may_not_read_messages_cannot_look_up(status, code):
    assert isinstance(look(status=status, json={"code": code}), CannotLookUp)


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 401, "json": {"code": 20003}},
        {"status": 403, "body": "<html>Blocked</html>"},
        {"status": 429, "json": {"code": 20429}},
        {"status": 500},
        {"status": 200, "json": []},
    ],
)
def test_a_twilio_that_cannot_be_asked_now_is_not_one_that_says_no(answer):
    with pytest.raises(ApiError):
        look(**answer)


@pytest.fixture
def emulated():
    with (
        RunningEmulator(pace=0.01) as emulator,
        TwilioApiClient(
            emulator.account_sid,
            emulator.auth_token,
            "+13305093095",
            base_url=emulator.base_url,
            timeout=(1.0, 1.0),
        ) as client,
    ):
        yield emulator, client


@pytest.mark.parametrize(
    "fault", [{"effect": "reset"}, {"effect": "error", "status": 500}], ids=lambda f: f["effect"]
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_is_found_out_only_by_looking(emulated, fault, when):
    emulator, client = emulated
    body = "“boom” – https://sentry.example/issues/42/"
    since = datetime.now(timezone.utc)
    earlier = client.send_message(MESSAGE.to, body)
    emulator.fail(**fault, when=when, on="create")
    assert isinstance(client.send_message(MESSAGE.to, body), Unknown)
    found = find(client, Message(MESSAGE.to, body), since, {earlier.sid})
    sids = {row["sid"] for row in emulator.messages()} - {earlier.sid}
    assert ({found.sid} if found else set()) == sids
    assert len(sids) == (1 if when == "after" else 0)


def test_a_list_that_lags_does_not_say_never(emulated):
    emulator, client = emulated
    emulator.fail("list", lag=30)
    client.send_message(MESSAGE.to, "boom")
    assert find(client, MESSAGE, datetime.now(timezone.utc), ()) is None
    emulator.clear_faults()
    assert isinstance(find(client, MESSAGE, datetime.now(timezone.utc), ()), Accepted)
