"""Hints through a broker. What reaches a real one is in tests/server/test_celery.py."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable

import pytest

from sentry_twilio.delivery import clock, engine
from sentry_twilio.delivery.engine_celery import Publisher


def until(true: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GAP_SECONDS", "PAUSE_SECONDS"):
        monkeypatch.setattr(f"sentry_twilio.delivery.engine_celery.{name}", 0.0)


def test_waking_returns_while_the_broker_hangs_and_sends_one_hint_for_all_since() -> None:
    begun, answered = threading.Event(), threading.Event()
    calls: list[str] = []

    def publish() -> None:
        calls.append(threading.current_thread().name)
        begun.set()
        assert answered.wait(15)

    publisher = Publisher(publish)
    publisher.wake()
    assert begun.wait(15)
    for _ in range(1000):
        publisher.wake()
    assert calls == ["publisher"]
    answered.set()
    until(lambda: len(calls) == 2)
    publisher.wake()
    until(lambda: len(calls) == 3)


def test_a_broker_that_is_down_is_complained_of_once_a_minute(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(clock, "elapsed", lambda: now[0])
    tried: list[float] = []

    def publish() -> None:
        tried.append(now[0])
        raise ConnectionRefusedError(111, "redis://:secret@broker")

    publisher = Publisher(publish)

    def wake() -> None:
        before = len(tried)
        publisher.wake()
        until(lambda: len(tried) > before)

    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            wake()
        now[0] += 59
        wake()
        now[0] += 2
        wake()
        wake()  # the line of the one before is written by now
    assert [record.message for record in caplog.records] == [caplog.messages[0]] * 2
    assert "ConnectionRefusedError" in caplog.messages[0]
    assert "Nothing is lost" in caplog.messages[0]
    assert "secret" not in caplog.text


def test_a_forked_child_has_a_publisher_of_its_own() -> None:
    reading, writing = os.pipe()
    publisher = Publisher(lambda: os.write(writing, str(os.getpid()).encode() + b"\n"))
    publisher.wake()
    assert int(os.read(reading, 100)) == os.getpid()
    child = os.fork()
    if child == 0:
        publisher.wake()
        time.sleep(15)
        os._exit(1)
    try:
        assert int(os.read(reading, 100)) == child
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


def test_everybody_who_subscribed_is_woken() -> None:
    heard: list[str] = []
    first, second = (lambda: heard.append("first")), (lambda: heard.append("second"))
    engine.subscribe(first)
    engine.subscribe(second)
    try:
        engine.wake()
        engine.unsubscribe(first)
        engine.wake()
    finally:
        engine.unsubscribe(second)
    assert sorted(heard) == ["first", "second", "second"]
