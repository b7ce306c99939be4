from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from sentry_twilio.emulator.accounts import Account
from sentry_twilio.emulator.testing import RunningEmulator

from .conftest import PHONE, SERVICE, Api

SOON = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "911"}, 21211),
        ({"To": "+1415"}, 21211),
        ({"To": "+15005550001"}, 21211),
        ({"To": "+15005550002"}, 21612),
        ({"To": "+15005550003"}, 21408),
        ({"To": "+15005550004"}, 21610),
        ({"To": "+15005550009"}, 21614),
        ({"From": ""}, 21603),
        ({"From": "!!"}, 21212),
        ({"From": "twelve chars"}, 21212),
        ({"From": "+15005550001"}, 21212),
        ({"From": "+15005550007"}, 21606),
        ({"From": "+15005550008"}, 21611),
        ({"From": PHONE}, 21266),
        ({"From": "whatsapp:+14155551234"}, 21910),
        ({"From": "", "MessagingServiceSid": "MG1"}, 21705),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"MediaUrl": ["https://example.com/a.png"] * 11}, 21623),
        ({"MediaUrl": "a.png"}, 21620),
        ({"Body": "", "ContentSid": "HX1"}, 21655),
        ({"ValidityPeriod": "0"}, 21624),
        ({"ValidityPeriod": "36001"}, 21624),
        ({"ValidityPeriod": "soon"}, 21624),
        ({"StatusCallback": "/hooks/status/"}, 21609),
        ({"StatusCallback": "https://my_host.example.com/"}, 21609),
        ({"ScheduleType": "fixed", "SendAt": SOON}, 35118),
        ({"ScheduleType": "fixed", "MessagingServiceSid": SERVICE}, 35111),
        ({"ScheduleType": "fixed", "MessagingServiceSid": SERVICE, "SendAt": SOON}, 35114),
    ],
)
def test_it_refuses_what_twilio_refuses(
    emulator: RunningEmulator, api: Api, changes: dict[str, str], code: int
) -> None:
    answer = api.create(**changes)
    assert answer.json()["code"] == code
    assert answer.status_code == answer.json()["status"] >= 400
    assert answer.json()["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert emulator.messages() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"From": "12345"},
        {"From": "ALERTS"},
        {"From": "whatsapp:+14155551234", "To": "whatsapp:+14155550100"},
        {"To": " +1 (415) 555-0100 "},
        {"Body": "x" * 1600},
        {"ValidityPeriod": "36000"},
        {"StatusCallback": "http://127.0.0.1:1/status/?attempt=a_b"},
        {"Body": "", "MediaUrl": "https://example.com/a.png"},
        {"Body": "", "ContentSid": "HX" + "0" * 32},
        {"UnknownParameter": "ignored"},
    ],
)
def test_it_takes_what_twilio_takes(api: Api, changes: dict[str, str]) -> None:
    assert api.create(**changes).status_code == 201


def test_a_number_loses_its_punctuation(api: Api) -> None:
    assert api.create(To="+1 (415) 555-0100").json()["to"] == PHONE


def test_smart_encoding_is_counted_and_shows_in_the_body(api: Api) -> None:
    text = "“It broke” \u2014 " + "x" * 100
    plain = api.create(Body=text).json()
    assert (plain["body"], plain["num_segments"]) == (text, "2")
    smart = api.create(Body=text, SmartEncoded="true").json()
    assert (smart["body"], smart["num_segments"]) == ('"It broke" - ' + "x" * 100, "1")


def test_a_messaging_service_shortens_links_where_asked(api: Api) -> None:
    text = "See https://sentry.example.com/issues/1/?a=b. Now"
    shorten = {"Body": text, "ShortenUrls": "true"}
    assert api.create(**shorten).json()["body"] == text
    body = api.create(From="", MessagingServiceSid=SERVICE, **shorten).json()["body"]
    assert re.fullmatch(r"See https://twil\.io/[0-9a-f]{10}\. Now", body)


def test_a_text_that_goes_as_a_picture_has_another_sid(api: Api) -> None:
    assert api.create(SendAsMms="true").json()["sid"].startswith("MM")


def test_test_credentials_only_create_and_send_nothing() -> None:
    account = Account("AC" + "1" * 32, "a" * 32, test_credentials=True)
    with RunningEmulator([account], pace=0) as emulator:
        api = Api(emulator)
        assert api.create().json()["code"] == 21606
        assert api.create(From="+15005550006").status_code == 201
        refused = api.request("GET", f"{api.account}/Messages.json")
        assert (refused.status_code, refused.json()["code"]) == (403, 20008)
        assert [message["status"] for message in emulator.messages()] == ["queued"]
