"""A process whose encryption keys do not fit any more, as after a rotation on another machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.utils import timezone

from sentry_twilio.core import Alert, Unknown
from sentry_twilio.delivery import fallback_sending, mail, policy, watch
from sentry_twilio.delivery.models import Delivery, FallbackMessage, FallbackTarget, Notification
from sentry_twilio.delivery.outbox import enqueue
from sentry_twilio.projects.models import Project

from .provider import FakePlugin

Work = Callable[[], int]


class Keys:
    def __init__(self, settings: Any) -> None:
        self._settings, self._kept = settings, settings.ENCRYPTION_KEYS

    def lose(self) -> None:
        self._settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    def give_back(self) -> None:
        self._settings.ENCRYPTION_KEYS = self._kept


@pytest.fixture
def keys(settings: Any, project: Project) -> Keys:
    policy.save(project, {"emails": "ops@example.com"})
    return Keys(settings)


def make_due() -> None:
    now = timezone.now()
    Delivery.objects.filter(due_at__isnull=False).update(due_at=now, lease_until=None)
    Notification.objects.filter(watch_at__isnull=False).update(watch_at=now)


def test_what_waits_is_sent_by_whoever_has_the_keys(
    delivery: Delivery, keys: Keys, plugin: FakePlugin, work: Work
) -> None:
    keys.lose()
    work()
    delivery.refresh_from_db()
    assert (delivery.state, plugin.provider.requests) == ("pending", [])
    assert delivery.due_at is not None
    assert "encryption keys do not fit" in delivery.reason
    keys.give_back()
    make_due()
    work()
    delivery.refresh_from_db()
    assert delivery.state == "accepted"


def test_what_is_in_doubt_is_not_sent_again_before_it_can_be_looked_up(
    delivery: Delivery, keys: Keys, plugin: FakePlugin, work: Work
) -> None:
    plugin.provider.script = lambda message, number: Unknown("The line went dead.")
    work()
    keys.lose()
    make_due()
    work()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.questions) == ("unknown", 0)
    assert delivery.due_at is not None


def test_one_option_that_cannot_be_read_is_enough(
    delivery: Delivery, keys: Keys, plugin: FakePlugin, project: Project, work: Work
) -> None:
    keys.lose()
    plugin.set_option("from", "+14155550111", project)  # as another machine, with its own keys
    keys.give_back()
    work()
    delivery.refresh_from_db()
    assert (delivery.state, plugin.provider.requests) == ("pending", [])


def test_an_alert_that_comes_meanwhile_is_kept_and_told_to_the_fallback(
    project: Project, alert: Alert, keys: Keys
) -> None:
    keys.lose()
    assert len(enqueue(project, alert)) == 1
    row = Delivery.objects.get()
    assert (row.state, row.recipient, row.body) == ("refused", "", "It broke")
    assert "encryption keys do not fit" in row.reason
    watch.sweep()
    assert not FallbackMessage.objects.exists()
    assert Notification.objects.get().watch_at is not None
    keys.give_back()
    make_due()
    watch.sweep()
    assert FallbackMessage.objects.get().subject == "[Shop] Nobody was reached: It broke"
    assert Notification.objects.get().watch_at is None


def test_an_alert_that_nobody_wanted_to_hear_of_is_not_told_either(
    project: Project, alert: Alert, keys: Keys
) -> None:
    keys.lose()
    enqueue(project, alert, "The issue is muted.")
    row = Delivery.objects.get()
    assert (row.state, row.reason) == ("suppressed", "The issue is muted.")
    assert Notification.objects.get().watch_at is None


def test_another_plugin_s_lost_settings_are_not_this_one_s(
    project: Project, plugin: FakePlugin, alert: Alert, keys: Keys, work: Work
) -> None:
    keys.lose()
    policy.save(project, {"weekly": "1"})
    keys.give_back()
    enqueue(project, alert)
    work()
    assert Delivery.objects.get().state == "accepted"


def test_what_the_fallback_is_told_waits_for_the_keys(
    project: Project, alert: Alert, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def send(address: str, *_: str) -> str:
        sent.append(address)
        return ""

    monkeypatch.setattr(mail, "send", send)
    keys.lose()
    enqueue(project, alert)
    keys.give_back()
    watch.sweep()
    keys.lose()
    fallback_sending.send_mails()
    target = FallbackTarget.objects.get()
    assert (target.state, target.tries, sent) == ("pending", 0, [])
    assert target.due_at is not None
    keys.give_back()
    FallbackTarget.objects.update(due_at=timezone.now())
    fallback_sending.send_mails()
    assert FallbackTarget.objects.get().state == "sent"
    assert sent == ["ops@example.com"]
