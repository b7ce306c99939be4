"""Sending until nothing is due, as a task of a queue does it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from sentry_twilio.core import Accepted, Alert, Message, Refused
from sentry_twilio.delivery.drain import Drain
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.delivery.outbox import enqueue
from sentry_twilio.projects.models import Project

from .provider import FakePlugin

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def background() -> Callable[[Callable[[], None]], threading.Thread]:
    def background(work: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        return thread

    return background


def states() -> list[str]:
    return sorted(Delivery.objects.values_list("state", flat=True))


def test_it_sends_all_that_is_due_and_returns(
    project: Project, plugin: FakePlugin, alert: Alert
) -> None:
    plugin.set_option("to", ",".join(f"+1415555{n:04}" for n in range(50)), project)
    enqueue(project, alert)
    Drain()()
    assert states() == ["accepted"] * 50
    assert not Delivery.objects.exclude(lease="").exists()


def test_it_does_not_wait_for_what_is_due_later(
    project: Project, plugin: FakePlugin, alert: Alert
) -> None:
    plugin.provider.script = lambda message, number: Refused(None, "transient", "Busy.", 60)
    enqueue(project, alert)
    Drain()()
    assert states() == ["pending"]
    assert len(plugin.provider.requests) == 1


def test_a_second_call_returns_at_once_and_the_first_sends_what_it_was_about(
    project: Project,
    plugin: FakePlugin,
    alert: Alert,
    background: Callable[[Callable[[], None]], threading.Thread],
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def wait(message: Message, number: int) -> Accepted:
        begun.set()
        assert go_on.wait(15)
        return plugin.provider.accept(message)

    plugin.provider.script = wait
    drain = Drain()
    enqueue(project, alert)
    first = background(drain)
    assert begun.wait(15)
    plugin.set_option("to", "+14155550199", project)
    enqueue(project, alert)
    drain()
    assert first.is_alive(), "the second call waited for the first"
    go_on.set()
    first.join(15)
    assert states() == ["accepted"] * 2


def test_stopping_finishes_what_is_under_way_and_nothing_begins_after_it(
    project: Project,
    plugin: FakePlugin,
    alert: Alert,
    background: Callable[[Callable[[], None]], threading.Thread],
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def wait(message: Message, number: int) -> Accepted:
        begun.set()
        assert go_on.wait(15)
        return plugin.provider.accept(message)

    plugin.provider.script = wait
    drain = Drain()
    enqueue(project, alert)
    sending = background(drain)
    assert begun.wait(15)
    drain.stop()
    go_on.set()
    sending.join(15)
    assert not sending.is_alive()
    assert states() == ["accepted"]
    plugin.set_option("to", "+14155550199", project)
    enqueue(project, alert)
    drain()
    assert states() == ["accepted", "pending"]
