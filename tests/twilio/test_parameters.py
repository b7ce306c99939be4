from datetime import datetime, timedelta, timezone

import pytest

from sentry_twilio.twilio.parameters import PARAMETERS, form, name


def test_an_alert_asks_for_no_protection_against_alerts():
    assert form({}) == [("RiskCheck", "disable")]
    assert form({"risk_check": "enable"}) == [("RiskCheck", "enable")]
    assert form({"RiskCheck": None}) == []


@pytest.mark.parametrize(
    ("option", "parameter"),
    [
        ("from_", "From"),
        ("to", "To"),
        ("messaging_service_sid", "MessagingServiceSid"),
        ("send_as_mms", "SendAsMms"),
        ("MediaUrl", "MediaUrl"),
    ],
)
def test_an_option_may_be_named_as_in_python(option, parameter):
    assert name(option) == parameter
    assert parameter in PARAMETERS


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        (60, "60"),
        (datetime(2030, 1, 2, 3, tzinfo=timezone(timedelta(hours=2))), "2030-01-02T01:00:00Z"),
    ],
)
def test_a_value_is_written_as_twilio_reads_it(value, text):
    assert ("SendAt", text) in form({"send_at": value})


@pytest.mark.parametrize("nothing", [None, "", [], [None, ""]])
def test_nothing_is_left_out(nothing):
    assert form({"media_url": nothing, "risk_check": None}) == []


def test_what_may_be_repeated_is():
    assert form({"media_url": ("a", "b"), "risk_check": None}) == [
        ("MediaUrl", "a"),
        ("MediaUrl", "b"),
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"colour": "red"}, "colour"),
        ({"From": ["a", "b"]}, "one value"),
        ({"send_at": datetime(2030, 1, 2)}, "time zone"),  # noqa: DTZ001
    ],
)
def test_what_cannot_be_written_is_a_mistake(options, words):
    with pytest.raises(ValueError, match=words):
        form(options)


def test_it_has_every_parameter_of_the_official_sdk():
    import inspect

    from twilio.rest.api.v2010.account.message import MessageList

    theirs = set(inspect.signature(MessageList.create).parameters) - {"self"}
    assert {name(option) for option in theirs} <= PARAMETERS


def test_the_times_are_those_of_greenwich():
    assert ("SendAt", "2030-01-02T03:04:05Z") in form(
        {"send_at": datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc)}
    )
