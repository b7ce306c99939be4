from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sentry_twilio.core import Alert, PluginError
from sentry_twilio.core.plugin import ENABLED
from sentry_twilio.delivery import outbox
from sentry_twilio.delivery.models import Delivery, Notification
from sentry_twilio.delivery.outbox import enqueue, send_test
from sentry_twilio.projects.models import Project

from .provider import FakePlugin


def test_an_alert_becomes_a_row_per_recipient(
    project: Project, plugin: FakePlugin, alert: Alert
) -> None:
    plugin.set_option("to", "+1415,+1416", project)
    (made,) = enqueue(project, alert)
    notification = Notification.objects.get(pk=made)
    assert Alert.from_json(notification.alert) == alert
    assert [(row.recipient, row.body, row.state) for row in notification.deliveries.all()] == [
        ("+1415", "It broke", "pending"),
        ("+1416", "It broke", "pending"),
    ]


@pytest.mark.parametrize("recipients", [1, 10])
def test_it_takes_at_most_four_statements_however_many_recipients(
    project: Project, plugin: FakePlugin, alert: Alert, recipients: int
) -> None:
    plugin.set_option("to", ",".join(f"+1415555{n:04}" for n in range(recipients)), project)
    with CaptureQueriesContext(connection) as statements:
        enqueue(project, alert)
    assert Delivery.objects.count() == recipients
    assert len(statements) <= 4, [query["sql"] for query in statements]


def test_nothing_is_kept_where_the_cause_is_rolled_back(project: Project, alert: Alert) -> None:
    class Undone(Exception):
        pass

    def cause() -> None:
        with transaction.atomic():
            enqueue(project, alert)
            raise Undone

    with pytest.raises(Undone):
        cause()
    assert not Delivery.objects.exists()
    assert not Notification.objects.exists()


def test_a_plugin_that_is_off_or_not_configured_gets_nothing(
    project: Project, plugin: FakePlugin, alert: Alert
) -> None:
    plugin.set_option(ENABLED, "0", project)
    assert enqueue(project, alert) == []
    plugin.unset_option(ENABLED, project)
    for name in plugin.get_options(project):
        plugin.unset_option(name, project)
    assert enqueue(project, alert) == []


def assert_the_fallback_hears_of_it(reason: str) -> None:
    notification = Notification.objects.get()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reason, delivery.recipient) == ("refused", reason, "")
    assert notification.watch_at is not None
    assert notification.watch_at <= timezone.now()


def test_a_plugin_that_cannot_compose_does_not_undo_the_event(
    project: Project, plugin: FakePlugin, alert: Alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError

    monkeypatch.setattr(plugin, "compose", broken)
    with transaction.atomic():
        Project.objects.create(name="cause", slug="cause")
        enqueue(project, alert)
    assert Project.objects.filter(slug="cause").exists()
    assert_the_fallback_hears_of_it(outbox.COULD_NOT)


@pytest.mark.parametrize("mistake", ["is_enabled_with", "is_configured_with"])
def test_a_plugin_that_cannot_read_its_options_does_not_undo_the_event(
    project: Project,
    plugin: FakePlugin,
    alert: Alert,
    mistake: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise KeyError(mistake)

    monkeypatch.setattr(plugin, mistake, broken)
    enqueue(project, alert)
    assert_the_fallback_hears_of_it(outbox.COULD_NOT)


def test_a_plugin_whose_settings_do_not_suffice_any_more_is_not_silent(
    project: Project, plugin: FakePlugin, alert: Alert
) -> None:
    plugin.set_option("from", "line", project)
    plugin.unset_option("to", project)
    enqueue(project, alert)
    assert_the_fallback_hears_of_it(outbox.INCOMPLETE)


def test_a_recipient_that_is_no_address_does_not_undo_the_event(
    project: Project, plugin: FakePlugin, alert: Alert
) -> None:
    plugin.set_option("to", "+" + "1" * 100, project)
    enqueue(project, alert)
    assert_the_fallback_hears_of_it(outbox.COULD_NOT)


def test_a_long_title_does_not_break_the_row(project: Project, alert: Alert) -> None:
    enqueue(project, dataclasses.replace(alert, title="x" * 5000, group="g" * 500))
    assert len(Notification.objects.get().title) == 200


def test_text_that_no_database_takes_does_not_cost_the_alert(
    project: Project, alert: Alert
) -> None:
    odd = dict.fromkeys(
        ("group", "title", "culprit", "environment", "release", "url", "event_id", "rule"),
        "a\0 \ud83d b",
    )
    enqueue(project, dataclasses.replace(alert, **odd))  # type: ignore[arg-type]
    assert Delivery.objects.get().body == "a\ufffd \ufffd b"
    stored = Notification.objects.get().alert
    assert {stored[name] for name in odd} == {"a\ufffd \ufffd b"}


def test_it_is_of_use_for_so_long_after_it_happened(project: Project, alert: Alert) -> None:
    now = timezone.now()
    for minutes in (None, 50, -50):
        happened = None if minutes is None else now - timedelta(minutes=minutes)
        enqueue(project, alert, happened_at=happened)
    unknown, old, future = (
        round((row.expires_at - now).total_seconds() / 60)
        for row in Delivery.objects.order_by("pk")
    )
    assert (unknown, old, future) == (60, 10, 60)


def test_a_test_message_goes_the_same_way(project: Project, plugin: FakePlugin) -> None:
    notification = Notification.objects.get(pk=send_test(project, plugin))
    assert notification.reason == "test"
    assert notification.deliveries.get().recipient == "+14155550100"


def test_a_test_message_without_settings_says_so(project: Project, plugin: FakePlugin) -> None:
    plugin.unset_option("to", project)
    with pytest.raises(PluginError, match="not configured"):
        send_test(project, plugin)


@pytest.mark.django_db(transaction=True)
def test_a_test_message_that_cannot_be_composed_says_so(
    project: Project, plugin: FakePlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError

    monkeypatch.setattr(plugin, "compose", broken)
    with pytest.raises(PluginError, match="could not write the message"):
        send_test(project, plugin)
    assert not Notification.objects.exists()
