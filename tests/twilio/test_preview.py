from datetime import datetime, timezone
from decimal import Decimal

import pytest

from sentry_twilio.core import Alert, Digest, Project
from sentry_twilio.twilio import preview
from sentry_twilio.twilio.preview import Preview

ALERT = Alert(
    Project(1, "shop", "Shop"), "1", "ValueError: no", url="https://a.example/1", rule="Night"
)


def test_it_shows_the_text_and_what_it_is_sent_as():
    assert preview.of(ALERT, {}) == Preview("Sentry [Shop] ERROR: ValueError: no", "GSM-7", 1)


def test_a_price_makes_a_cost():
    long = Alert(ALERT.project, "1", "x" * 300)
    shown = preview.of(long, {"sms_segments": "2"}, Decimal("0.0083"))
    assert (shown.segments, shown.cost) == (2, Decimal("0.0166"))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"sms_link": "1"}, "Sentry [Shop] ERROR: ValueError: no https://a.example/1"),
        ({"sms_template": "{rule}: {title} {link}"}, "Night: ValueError: no"),
        ({"sms_template": "{rule}: {link}", "sms_link": "1"}, "Night: https://a.example/1"),
        (
            {"sms_trial": "1"},
            "Sent from your Twilio trial account - Sentry [Shop] ERROR: ValueError: no",
        ),
    ],
)
def test_it_follows_the_options(options, text):
    assert preview.of(ALERT, options).text == text


def test_plain_forms_can_be_switched_off():
    curly = Alert(ALERT.project, "1", "can’t")
    assert preview.of(curly, {}).encoding == "GSM-7"
    assert preview.of(curly, {"sms_plain": "0"}) == Preview(
        "Sentry [Shop] ERROR: can’t", "UCS-2", 1
    )


def test_what_smart_encoding_may_add_is_in_the_cost():
    # Japanese stays UCS-2, and a Messaging Service writes its … with three dots.
    alert = Alert(ALERT.project, "1", "漢" * 40 + "…" * 9)
    bare = preview.of(alert, {"sms_segments": "2"})
    service = preview.of(alert, {"sms_segments": "2", "messaging_service_sid": "MG" + "d" * 32})
    assert (bare.segments, service.segments) == (1, 2)


def test_a_message_through_a_service_fits_whether_or_not_it_encodes():
    alert = Alert(ALERT.project, "1", "漢" * 40 + "…" * 9)
    options = {"sms_segments": "1", "messaging_service_sid": "MG" + "d" * 32}
    assert preview.of(alert, options).segments == 1


@pytest.mark.parametrize(
    ("body", "options", "count"),
    [
        ("x" * 160, {}, 1),
        ("x" * 161, {}, 2),
        ("x" * 123, {"sms_trial": "1"}, 2),
        ("漢" * 45 + "…" * 9, {}, 1),
        ("漢" * 45 + "…" * 9, {"messaging_service_sid": "MG" + "d" * 32}, 2),
    ],
)
def test_a_message_knows_what_it_costs(body, options, count):
    message = preview.message("+14155552671", body, options)
    assert (message.to, message.body, message.segments) == ("+14155552671", body, count)


NOW = datetime(2026, 11, 21, 15, 0, tzinfo=timezone.utc)
DIGEST = Digest(
    ALERT.project,
    alerts=5,
    issues=2,
    since=NOW.replace(hour=14),
    level="error",
    titles=(("can’t", 4), ("x" * 200, 1)),
    url="https://a.example/d/1/",
)
HEAD = "Sentry [Shop] ERROR: 5 alerts of 2 issues since 14:00 UTC: "
LINK = " https://a.example/d/1/"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"sms_segments": "2"}, f"{HEAD}4x can't; {'x' * 200}{LINK}"),
        ({}, f"{HEAD}4x can't; {'x' * 63}...{LINK}"),
        ({"sms_link": "1"}, f"{HEAD}4x can't; {'x' * 63}...{LINK}"),
        ({"sms_trial": "1"}, f"{HEAD}4x can't; {'x' * 25}...{LINK}"),
        ({"sms_plain": "0", "sms_segments": "2"}, f"{HEAD}4x can’t; {'x' * 39}...{LINK}"),
        ({"sms_template": "{title} in {project}"}, f"{HEAD}4x can't; {'x' * 63}...{LINK}"),
    ],
)
def test_a_digest_follows_the_options_but_has_its_own_text(options, text):
    assert preview.digest_body(DIGEST, options, NOW) == text
    assert preview.message("", text, options).segments == int(options.get("sms_segments", "1"))
