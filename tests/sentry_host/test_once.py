import logging
from dataclasses import replace

import pytest

from sentry_twilio.core import Alert, Message, Project
from sentry_twilio.sentry_host import once

ALERT = Alert(Project(7, "bar", "Bar"), "42", "Hello world", event_id="e" * 32)
ONE, TWO = Message("+14154444441", "Hello"), Message("+14154444442", "Hello")


class Broken:
    """A cache that answers as it is told, or fails."""

    def __init__(self, add):
        self.answer = add

    def add(self, *_):
        if self.answer is None:
            raise ConnectionError
        return self.answer

    def get(self, key):
        """Nothing is there."""

    def delete_many(self, keys):
        raise ConnectionError


def test_a_message_is_one_calls_to_send(shared_cache):
    assert once.claim(ALERT, [ONE]) == [ONE]
    assert once.claim(ALERT, [ONE, TWO]) == [TWO]
    assert once.claim(ALERT, [ONE, TWO]) == []


def test_another_text_about_the_event_is_no_other_message(shared_cache):
    once.claim(ALERT, [ONE])
    assert once.claim(ALERT, [Message(ONE.to, "Hello by another rule")]) == []


@pytest.mark.parametrize(
    "other",
    [{"event_id": "f" * 32}, {"group": "43"}, {"project": Project(8, "bar", "Bar")}],
    ids=["event", "issue of the same event", "project"],
)
def test_what_is_about_something_else_is_another_message(shared_cache, other):
    once.claim(ALERT, [ONE])
    assert once.claim(replace(ALERT, **other), [ONE]) == [ONE]


def test_what_was_released_is_the_next_calls(shared_cache):
    once.claim(ALERT, [ONE, TWO])
    once.release(ALERT, [TWO])
    assert once.claim(ALERT, [ONE, TWO]) == [TWO]


def test_an_alert_about_no_event_is_always_sent(shared_cache):
    test = replace(ALERT, event_id="")
    assert [once.claim(test, [ONE]) for _ in range(2)] == [[ONE], [ONE]]


@pytest.mark.parametrize("add", [None, False], ids=["raises", "adds nothing, as memcached does"])
def test_a_cache_that_is_down_costs_no_message(monkeypatch, add):
    monkeypatch.setattr(once, "cache", Broken(add))
    assert [once.claim(ALERT, [ONE]) for _ in range(2)] == [[ONE], [ONE]]
    once.release(ALERT, [ONE])


def test_the_cache_and_the_log_see_no_number(shared_cache, caplog):
    with caplog.at_level(logging.INFO):
        once.claim(ALERT, [ONE, TWO])
        once.claim(ALERT, [ONE, TWO])
    keys = list(shared_cache._cache)
    assert len(keys) == 2
    assert "415444" not in caplog.text + " ".join(keys)
    assert f"2 of 2 recipients are left to an earlier call about event {'e' * 32}" in caplog.text
