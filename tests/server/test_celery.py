"""Celery as the engine: a real worker, a real Redis, and what is left when Redis is not."""

from __future__ import annotations

import signal

import pytest

from sentry_twilio.delivery.engine_celery import DELIVER, QUEUE
from sentry_twilio.emulator.testing import RunningEmulator
from tests.delivery.listeners import WebServer, running

from .processes import UNUSED_PORT, Broker, Host, until

CELERYS_OWN = ("celery", "-A", "sentry_twilio.server.celery", "--quiet", "worker")


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("sentry_twilio", "worker"), id="ours"),
        # It sends in the process that started the others, so whether they fork says nothing.
        pytest.param((*CELERYS_OWN, "--pool", "prefork", "--concurrency", "2"), id="processes"),
    ],
)
def test_a_worker_sends_what_another_process_has_enqueued_and_stops_cleanly(
    command: tuple[str, ...], host: Host, twilio: RunningEmulator, broker: Broker
) -> None:
    worker = host.start(*command, broker=broker.url)
    host.await_worker()
    host.enqueue("It broke", broker.url)
    until(lambda: len(twilio.messages()) == 1)
    # It is told to stop while a request is under way, and waits for the answer.
    twilio.fail("hang", seconds=2, when="after")
    host.enqueue("It broke again", broker.url)
    until(lambda: len(twilio.messages()) == 2)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    rows = host.sql("SELECT state, lease FROM delivery_delivery ORDER BY id")
    assert [lease for _, lease in rows] == ["", ""]
    assert {state for state, _ in rows} <= {"accepted", "delivered"}
    assert host.sql("SELECT * FROM delivery_workerheartbeat") == []


def test_a_hint_has_the_process_that_received_it_look_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from celery import signals

    from sentry_twilio.server import celery

    woken: list[bool] = []
    monkeypatch.setattr(celery.sending, "wake", lambda: woken.append(True))
    signals.task_received.send(sender=None, request=None)
    assert woken == [True]
    assert DELIVER in celery.app.tasks


def test_a_hint_waits_in_the_broker_and_a_broker_that_forgets_it_loses_nothing(
    host: Host, twilio: RunningEmulator, broker: Broker
) -> None:
    import redis

    with redis.Redis.from_url(broker.url) as client:
        host.enqueue("It broke", broker.url)
        assert client.llen(QUEUE) == 1
        client.flushdb()
    host.start_worker(broker.url)
    until(lambda: len(twilio.messages()) == 1)


def test_while_the_broker_is_away_messages_go_out_and_the_fallback_is_told(
    host: Host, twilio: RunningEmulator, broker: Broker
) -> None:
    with running(WebServer()) as fallback:
        host.webhook = fallback.url
        worker = host.start_worker(broker.url)
        until(broker.has_listener)
        broker.kill()
        host.enqueue("It broke", broker.url)
        until(lambda: len(twilio.messages()) == 1)
        twilio.fail("error", status=500, times=None)
        host.enqueue("It broke again", broker.url)
        until(lambda: any(b"It broke again" in body for *_, body in fallback.requests))
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    assert host.sql("SELECT * FROM delivery_workerheartbeat") == []


def test_a_broker_that_comes_back_is_listened_to_again(host: Host, broker: Broker) -> None:
    host.start_worker(broker.url)
    until(broker.has_listener)
    broker.kill()
    broker.start()
    until(broker.has_listener)


def test_a_broker_that_was_never_there_breaks_nothing(host: Host, twilio: RunningEmulator) -> None:
    enqueued = host.enqueue("It broke", UNUSED_PORT)
    assert enqueued.stderr.count("does not take hints") == 1
    assert host.sql("SELECT state FROM delivery_delivery") == [("pending",)]
    worker = host.start_worker(UNUSED_PORT)
    until(lambda: len(twilio.messages()) == 1)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
