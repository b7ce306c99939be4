from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from django.utils import timezone

from sentry_twilio.core import Receipt, plugins
from sentry_twilio.delivery import results
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.delivery.receipts import apply_receipt
from sentry_twilio.projects.models import Project

from .provider import FakePlugin

NOW = timezone.now()


@pytest.fixture
def lost(delivery: Delivery, plugin: FakePlugin, work: Callable[[], int]) -> Delivery:
    """A delivery that was accepted and is about to be reported as not delivered."""
    plugin.repeats = "It broke (again)"
    work()
    delivery.refresh_from_db()
    return delivery


def report(row: Delivery, state: str = "undelivered") -> None:
    row.refresh_from_db()
    receipt = Receipt(row.sid, state, state, 30008, "transient", "Lost.")  # type: ignore[arg-type]
    apply_receipt(row, receipt, timezone.now())
    row.save()


def repetition() -> Delivery:
    return Delivery.objects.get(repeats__isnull=False)


def test_a_message_that_did_not_arrive_is_sent_once_more(
    lost: Delivery, plugin: FakePlugin, work: Callable[[], int]
) -> None:
    report(lost)
    again = repetition()
    assert (again.repeats, again.notification, again.recipient) == (
        lost,
        lost.notification,
        lost.recipient,
    )
    assert (again.state, again.lane, again.body) == ("pending", "free", "It broke (again)")
    assert (again.expires_at, again.sender_key) == (lost.expires_at, lost.sender_key)
    assert work() == 1
    assert [message.body for message in plugin.provider.requests] == [
        "It broke",
        "It broke (again)",
    ]


def test_a_report_that_comes_twice_repeats_once(lost: Delivery) -> None:
    report(lost)
    report(lost)
    # As if the first had been written and its worker had not heard of it.
    lost.state = "accepted"
    lost.save()
    report(lost)
    assert Delivery.objects.count() == 2


def test_a_repetition_is_not_repeated(lost: Delivery, work: Callable[[], int]) -> None:
    report(lost)
    work()
    report(repetition())
    assert repetition().state == "undelivered"
    assert Delivery.objects.count() == 2


def test_what_is_not_useful_any_more_is_not_repeated(lost: Delivery) -> None:
    Delivery.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    report(lost)
    assert Delivery.objects.get().state == "undelivered"


def test_where_the_plugin_has_no_text_nothing_is_repeated(
    lost: Delivery, plugin: FakePlugin
) -> None:
    plugin.repeats = None
    report(lost)
    assert Delivery.objects.get().state == "undelivered"


@pytest.mark.parametrize("change", [{"enabled": "0"}, {"to": None}])
def test_a_plugin_that_was_switched_off_repeats_nothing(
    lost: Delivery, plugin: FakePlugin, project: Project, change: Mapping[str, str | None]
) -> None:
    for name, value in change.items():
        if value is None:
            plugin.unset_option(name, project)
        else:
            plugin.set_option(name, value, project)
    report(lost)
    assert Delivery.objects.get().state == "undelivered"


def test_a_plugin_that_is_gone_costs_the_repetition_and_not_the_report(
    lost: Delivery, plugin: FakePlugin
) -> None:
    plugins.unregister(plugin)
    report(lost)
    plugins.register(plugin)  # for the fixture's end
    assert Delivery.objects.get().state == "undelivered"


def test_a_plugin_s_mistake_costs_the_repetition_and_not_the_report(
    lost: Delivery, plugin: FakePlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugin, "repetition", lambda *_: 1 / 0)
    report(lost)
    assert Delivery.objects.get().state == "undelivered"


def test_what_arrives_after_all_is_not_repeated_any_more(
    lost: Delivery, plugin: FakePlugin, work: Callable[[], int]
) -> None:
    report(lost)
    report(lost, "delivered")
    again = repetition()
    assert (again.state, again.reason) == (
        "suppressed",
        "The message that it repeats has arrived after all.",
    )
    assert again.is_final
    assert work() == 0
    assert len(plugin.provider.requests) == 1


def test_a_repetition_that_was_sent_keeps_its_own_fate(
    lost: Delivery, work: Callable[[], int]
) -> None:
    report(lost)
    work()
    report(lost, "delivered")
    assert repetition().state == "accepted"


def test_it_is_begun_from_a_question_s_answer_too(
    lost: Delivery, plugin: FakePlugin, work: Callable[[], int]
) -> None:
    plugin.provider.receipts[lost.sid] = Receipt(lost.sid, "undelivered", "undelivered", 30008)
    Delivery.objects.update(due_at=NOW)
    work()
    assert repetition().state == "pending"


def test_the_answer_may_be_written_twice(
    lost: Delivery, plugin: FakePlugin, take: Callable[..., list[results.Result]]
) -> None:
    Delivery.objects.update(due_at=NOW)
    (job,) = take()
    receipt = Receipt(lost.sid, "undelivered", "undelivered", 30008)
    for _ in range(2):
        results.write([results.Result(job, receipt)])  # type: ignore[arg-type]
    assert Delivery.objects.count() == 2
