from __future__ import annotations

import pytest

from sentry_twilio.dashboard.words import ISSUE_TONES, STATES, rule_sentence
from sentry_twilio.delivery.states import State
from sentry_twilio.tracker.models import Issue, Rule


def test_it_has_words_for_every_state() -> None:
    assert set(STATES) == set(State)
    assert set(ISSUE_TONES) == set(Issue.Status)


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
