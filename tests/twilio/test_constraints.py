import pytest

from sentry_twilio.core import Refused
from sentry_twilio.twilio import constraints
from sentry_twilio.twilio.constraints import refusal
from sentry_twilio.twilio.parameters import PARAMETERS, form

SERVICE = "MG" + "d" * 32
TEMPLATE = "HX" + "e" * 32
GOOD = {"To": "+14155552671", "From": "+13305093095", "Body": "x"}
BY_SERVICE = {**GOOD, "From": None, "MessagingServiceSid": SERVICE}
URL = "https://a.example/1"


def refused(**options):
    return refusal(form({**GOOD, **options}))


def test_an_ordinary_message_is_not_refused():
    assert refusal(form(GOOD)) is None
    assert refusal(form(BY_SERVICE)) is None


@pytest.mark.parametrize(
    ("options", "code", "kind"),
    [
        ({"Body": "x" * 1601}, 21617, "message"),
        ({"ValidityPeriod": 0}, 21624, "config"),
        ({"ValidityPeriod": 36001}, 21624, "config"),
        ({"ValidityPeriod": 1.5}, 21624, "config"),
        ({"ValidityPeriod": "²"}, 21624, "config"),
        ({"Attempt": 0}, None, "config"),
        ({"Attempt": "first"}, None, "config"),
        ({"MediaUrl": "picture.png"}, 21620, "message"),
        ({"MediaUrl": ["https://a.example/1", "ftp://a.example/2"]}, 21620, "message"),
        ({"MediaUrl": [URL] * 11}, 21623, "message"),
        ({"StatusCallback": "/hook"}, 21609, "message"),
        ({"StatusCallback": "a.example/hook"}, 21609, "message"),
        ({"StatusCallback": "https://a_b.example/"}, 21609, "message"),
        ({"StatusCallback": "https://[/"}, 21609, "message"),
        ({"StatusCallback": "https:///x"}, 21609, "message"),
        ({"StatusCallback": "https://a.example/a b"}, 21609, "message"),
        ({"StatusCallback": "https://a.example:99999999/"}, 21609, "message"),
        ({"SmartEncoded": "yes"}, None, "config"),
        ({"ShortenUrls": 1, "MessagingServiceSid": SERVICE}, None, "config"),
        ({"SendAsMms": "TRUE"}, None, "config"),
        ({"ForceDelivery": "on"}, None, "config"),
        ({"ProvideFeedback": "on"}, None, "config"),
        ({"ShortenUrls": True}, None, "config"),
        ({"RiskCheck": "off"}, None, "config"),
        ({"TrafficType": "paid"}, None, "config"),
        ({"ContentRetention": "forget"}, 30029, "config"),
        ({"AddressRetention": "discard"}, 30030, "config"),
        ({"MessagingServiceSid": "MG123"}, 21705, "config"),
        ({"ApplicationSid": SERVICE}, 21218, "config"),
        ({"ContentSid": SERVICE}, 21655, "config"),
        ({"ContentSid": TEMPLATE, "ContentVariables": "[1]"}, 21656, "config"),
        ({"ContentSid": TEMPLATE, "ContentVariables": "{"}, 21656, "config"),
        ({"ContentVariables": "{}"}, 21654, "config"),
        ({"MaxPrice": "cheap"}, 21627, "config"),
        ({"To": ""}, 21604, "recipient"),
        ({"From": ""}, 21603, "config"),
        ({"Body": ""}, 21619, "message"),
        ({"ScheduleType": "soon", "SendAt": "2030-01-02T03:04:05Z"}, None, "config"),
        ({"ScheduleType": "fixed"}, 35111, "config"),
        ({"ScheduleType": "fixed", "SendAt": "tomorrow"}, 35114, "config"),
        ({"ScheduleType": "fixed", "SendAt": "2030-01-31"}, 35114, "config"),
        ({"ScheduleType": "fixed", "SendAt": "2030-01-31T10:00:00"}, 35114, "config"),
        ({"ScheduleType": "fixed", "SendAt": "2030-01-02T03:04:05Z"}, 35118, "config"),
        ({"SendAt": "2030-01-02T03:04:05Z"}, None, "config"),
        ({"FallbackFrom": "+13305093096"}, 21666, "config"),
        ({"FallbackFrom": "+13305093096", "MessagingServiceSid": SERVICE}, 21664, "config"),
    ],
)
def test_what_twilio_refuses_is_refused_with_its_code(options, code, kind):
    result = refused(**options)
    assert isinstance(result, Refused)
    assert (result.code, result.kind) == (code, kind)
    assert result.reason.endswith(".")
    assert result.reason[0].isupper()


@pytest.mark.parametrize(
    "options",
    [
        {"Body": "漢" * 1600},
        {"ValidityPeriod": 1},
        {"ValidityPeriod": 36000},
        {"Attempt": 1},
        {"Body": None, "MediaUrl": [URL] * 10},
        {"Body": None, "ContentSid": TEMPLATE, "ContentVariables": '{"1": "x"}'},
        {"StatusCallback": "https://a.example:8443/a_b?c_d=1#rc=5&rp=all"},
        {"StatusCallback": "http://[::1]:8000/hook"},
        {"SmartEncoded": True, "SendAsMms": False, "ForceDelivery": True, "ProvideFeedback": True},
        {"RiskCheck": "enable", "TrafficType": "free"},
        {"ContentRetention": "discard", "AddressRetention": "obfuscate"},
        {"MessagingServiceSid": SERVICE, "ShortenUrls": True},
        {
            "MessagingServiceSid": SERVICE,
            "ScheduleType": "fixed",
            "SendAt": "2030-01-02T03:04:05Z",
        },
        {"From": SERVICE, "ScheduleType": "fixed", "SendAt": "2030-01-02T03:04:05+02:00"},
        {"From": None, "MessagingServiceSid": SERVICE, "FallbackFrom": "+13305093096"},
        {"MaxPrice": "0.05"},
        {"MessageIntent": "notifications"},
        {"ApplicationSid": "AP" + "f" * 32},
        {"To": "whatsapp:+14155552671", "From": "whatsapp:+13305093095"},
    ],
)
def test_what_twilio_takes_is_let_through(options):
    assert refused(**options) is None


def test_no_reason_shows_a_text_or_a_number():
    result = refused(Body="private words " * 200)
    assert "private" not in result.reason


def test_each_rule_is_about_a_parameter_that_exists():
    assert constraints._VALUES.keys() <= PARAMETERS
