from __future__ import annotations

from typing import Any

import pytest

from sentry_twilio.dashboard.words import (
    FALLBACK_TONES,
    ISSUE_TONES,
    STATES,
    after_test,
    caps_phrase,
    host_limits,
    rule_sentence,
)
from sentry_twilio.delivery.cap import Caps
from sentry_twilio.delivery.models import FallbackTarget
from sentry_twilio.delivery.states import State
from sentry_twilio.server.environment import SETTINGS
from sentry_twilio.tracker.models import Issue, Rule


def test_it_has_words_for_every_state() -> None:
    assert set(STATES) == set(State)
    assert set(ISSUE_TONES) == set(Issue.Status)
    assert set(FALLBACK_TONES) == set(FallbackTarget.State)


@pytest.mark.parametrize("trigger", Rule.Trigger)
def test_it_says_every_trigger_in_a_sentence(trigger: str) -> None:
    sentence = rule_sentence(Rule(name="Rule", trigger=trigger))
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert "{" not in sentence


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"trigger": "frequent", "threshold": 20, "window": 900, "interval": 0},
            "When an issue is seen more than 20 times in 15 minutes, of level error or worse, "
            "each time.",
        ),
        (
            {"trigger": "every", "level": "debug", "environment": "prod", "tag": "a=b"},
            "At every event, of any level, in prod, with a=b, at most every 30 minutes per issue.",
        ),
        (
            {"trigger": "new", "interval": 60},
            "When an issue is new, of level error or worse, at most every hour per issue.",
        ),
        (
            {"trigger": "new", "interval": 2880},
            "When an issue is new, of level error or worse, at most every 2 days per issue.",
        ),
        (
            {"trigger": "new", "interval": 90},
            "When an issue is new, of level error or worse, at most every 90 minutes per issue.",
        ),
    ],
)
def test_it_says_a_rule_in_a_sentence(fields: dict[str, object], sentence: str) -> None:
    assert rule_sentence(Rule(name="Rule", **fields)) == sentence


@pytest.mark.parametrize(
    ("caps", "phrase"),
    [
        ("1/60,5/900,11/3600", "1 a minute, 5 in 15 minutes, 11 an hour"),
        ("3/1,2/90,40/86400", "3 a second, 2 in 90 seconds, 40 in 24 hours"),
        ("off", "no limit"),
    ],
)
def test_it_says_caps_in_a_phrase(caps: str, phrase: str) -> None:
    assert caps_phrase(Caps.read(caps)) == phrase


def test_each_limit_of_the_host_names_its_setting() -> None:
    assert {limit.setting for limit in host_limits()} <= {setting.name for setting in SETTINGS}


@pytest.mark.parametrize(
    ("caps", "part"),
    [
        ("1/60,5/900", "An alert to the same recipient within a minute of a test message waits"),
        ("1/900", "within 15 minutes of a test message waits"),
        ("20/60", "Test messages count towards what a recipient may get: 20 a minute."),
    ],
)
def test_it_says_what_a_test_means_to_the_alerts_after_it(
    caps: str, part: str, settings: Any
) -> None:
    settings.RECIPIENT_CAPS = Caps.read(caps)
    assert part in after_test()


def test_a_test_means_nothing_to_alerts_where_nothing_is_capped(settings: Any) -> None:
    settings.RECIPIENT_CAPS = Caps()
    assert after_test() == ""
