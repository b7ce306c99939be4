from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from sentry_twilio.emulator.testing import RunningEmulator

from .conftest import PHONE, SENDER, Api

NOW = datetime.now(UTC)
TODAY, TOMORROW, YESTERDAY = (f"{NOW + timedelta(days=n):%Y-%m-%d}" for n in (0, 1, -1))


def listed(api: Api, **query: str) -> list[dict[str, str]]:
    answer = api.request("GET", f"{api.account}/Messages.json", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, str]] = answer.json()["messages"]
    return found


def test_the_envelope_is_twilios(api: Api) -> None:
    for _ in range(3):
        api.create()
    path = f"{api.account}/Messages.json"
    page = api.request("GET", path, params={"To": PHONE, "PageSize": "2"}).json()
    messages = page.pop("messages")
    token = f"PA{messages[-1]['sid']}"
    query = "To=%2B14155550100&PageSize=2"
    assert page == {
        "page": 0,
        "page_size": 2,
        "start": 0,
        "end": 1,
        "uri": f"{path}?{query}&Page=0",
        "first_page_uri": f"{path}?{query}&Page=0",
        "next_page_uri": f"{path}?{query}&Page=1&PageToken={token}",
        "previous_page_uri": None,
    }


def test_an_empty_list_is_a_page_too(api: Api) -> None:
    page = api.request("GET", f"{api.account}/Messages.json").json()
    assert (page["messages"], page["next_page_uri"], page["page_size"]) == ([], None, 50)
    assert (page["start"], page["end"]) == (0, 0)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"From": SENDER}, 1),
        ({"From": "+14155559999"}, 0),
        ({"To": "+14155559999"}, 0),
        ({"To": "+1 415 555 0100"}, 1),
        ({"DateSent": YESTERDAY}, 0),
        ({"DateSent>": YESTERDAY}, 1),
        ({"DateSent<": YESTERDAY}, 0),
        ({"DateSent<": TOMORROW}, 1),
        ({"DateSent>": TOMORROW}, 0),
        ({"DateSent>": (NOW + timedelta(hours=1)).isoformat()}, 0),
        ({"DateSent>": f"{NOW - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"}, 1),
    ],
)
def test_it_filters(emulator: RunningEmulator, api: Api, query: dict[str, str], count: int) -> None:
    api.create()
    emulator.wait_for()
    assert len(listed(api, **query)) == count


def test_what_is_not_sent_yet_has_no_date_to_match(emulator: RunningEmulator, api: Api) -> None:
    emulator.set(pace=30)
    api.create()
    assert len(listed(api)) == 1
    assert listed(api, **{"DateSent>": YESTERDAY}) == []


@pytest.mark.parametrize("query", [{"PageSize": "x"}, {"Page": "-1"}, {"DateSent": "yesterday"}])
def test_nonsense_is_refused(api: Api, query: dict[str, str]) -> None:
    answer = api.request("GET", f"{api.account}/Messages.json", params=query)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


def test_the_list_lags_on_request(emulator: RunningEmulator, api: Api) -> None:
    emulator.fail("list", lag=3600)
    sid = api.create().json()["sid"]
    assert listed(api) == []
    fetched = api.request("GET", f"{api.account}/Messages/{sid}.json")
    assert fetched.status_code == 200
    emulator.clear_faults()
    assert [row["sid"] for row in listed(api)] == [sid]


def test_a_message_appears_once_the_lag_is_over(emulator: RunningEmulator, api: Api) -> None:
    emulator.fail("list", lag=0.3)
    sid = api.create().json()["sid"]
    deadline = time.monotonic() + 10
    while not (rows := listed(api)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    created = datetime.fromisoformat(emulator.messages()[0]["created_at"])
    assert rows[0]["sid"] == sid
    assert datetime.now(UTC) - created >= timedelta(seconds=0.3)


def test_the_list_hides_bodies_and_dates_on_request(emulator: RunningEmulator, api: Api) -> None:
    api.create()
    emulator.wait_for()
    emulator.fail("list", redact=True, hide_date_sent=True)
    row = listed(api)[0]
    assert (row["body"], row["date_sent"]) == ("", None)


def test_the_list_knows_only_days_on_request(emulator: RunningEmulator, api: Api) -> None:
    api.create()
    emulator.wait_for()
    later = {"DateSent>": f"{TODAY}T23:59:59Z"}
    assert listed(api, **later) == []
    emulator.fail("list", whole_days=True)
    assert len(listed(api, **later)) == 1


def test_the_list_masks_recipients_on_request(emulator: RunningEmulator, api: Api) -> None:
    api.create()
    emulator.fail("list", mask=True)
    assert listed(api, To=PHONE)[0]["to"] == "+1415555XXXX"


@pytest.mark.parametrize(("status", "code"), [(403, 20403), (429, 20429)])
def test_the_list_is_refused_on_request(
    emulator: RunningEmulator, sdk: Client, status: int, code: int
) -> None:
    emulator.fail("error", code=code, on="list", times=None)
    sdk.messages.create(to=PHONE, from_=SENDER, body="It broke.")
    # The client has no better exception for a page.
    with pytest.raises(TwilioException, match=f'HTTP {status} .*"code": {code}'):
        sdk.messages.list(to=PHONE)
