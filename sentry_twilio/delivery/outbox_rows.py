"""An alert as rows: a notification, and a delivery for each of its messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from django.conf import settings
from django.utils import timezone

from sentry_twilio import core
from sentry_twilio.core.options import merged
from sentry_twilio.delivery import twins
from sentry_twilio.delivery.lanes import lane_of
from sentry_twilio.delivery.models import Delivery, Notification
from sentry_twilio.delivery.states import State
from sentry_twilio.projects.models import Project


class CannotCompose(Exception):
    """A plugin's own mistake while it wrote a message; raised before anything is stored."""


def write(
    project: Project,
    plugin: core.NotificationPlugin,
    options: Mapping[str, str],
    alert: core.Alert,
    useful_seconds: int,
    suppressed: str = "",
    overrides: Mapping[str, str] = MappingProxyType({}),
    happened_at: datetime | None = None,
) -> int:
    """Write the messages that the plugin composes; returns the notification's id.

    `options` are the project's, `overrides` what replaces them for this alert. It is of use for
    `useful_seconds` after `happened_at` (now where None). Raises `CannotCompose`.
    """
    now = timezone.now()
    options = merged(options, overrides)
    sender = {name: overrides[name] for name in plugin.sender_options if name in overrides}
    useful = timedelta(seconds=useful_seconds)
    try:
        notification = _notification(project, plugin, alert, now)
        lane, sender_key = lane_of(alert), plugin.sender_key(options)[:120]
        deliveries = [
            Delivery(
                notification=notification,
                project=project,
                plugin=plugin.slug,
                recipient=_fitting(message.to),
                body=message.body,
                segments=message.segments,
                lane=lane,
                sender_key=sender_key,
                overrides=sender,
                is_routed=plugin.recipients_option in overrides,
                created_at=now,
                due_at=now,
                expires_at=min(now, happened_at or now) + useful,
            )
            for message in plugin.compose(core.Notification(alert=alert), options)
        ]
    except Exception as exc:
        raise CannotCompose from exc
    if suppressed:
        notification.watch_at = None
        for delivery in deliveries:
            delivery.state, delivery.reason = State.SUPPRESSED, suppressed
            delivery.due_at, delivery.finished_at = None, now
    for delivery in deliveries:
        delivery.twin_key = twins.key_of(delivery)
    notification.save()
    Delivery.objects.bulk_create(deliveries)
    return notification.pk


def write_none(
    project: Project,
    plugin: core.NotificationPlugin,
    alert: core.Alert,
    reason: str,
    suppressed: str,
) -> int:
    """Keep that there was an alert, and why there is no message; the fallback tells of it,
    unless it was not to be sent anyway."""
    now = timezone.now()
    notification = _notification(project, plugin, alert, now)
    notification.watch_at = None if suppressed else now
    notification.save()
    Delivery.objects.create(
        notification=notification,
        project=project,
        plugin=plugin.slug,
        recipient="",
        body=alert.title[:200],
        state=State.SUPPRESSED if suppressed else State.REFUSED,
        reason=suppressed or reason,
        created_at=now,
        due_at=None,
        expires_at=now,
        finished_at=now,
    )
    return notification.pk


def _notification(
    project: Project, plugin: core.NotificationPlugin, alert: core.Alert, now: datetime
) -> Notification:
    return Notification(
        project=project,
        plugin=plugin.slug,
        group=alert.group[:200],
        title=alert.title[:200],
        level=alert.level,
        reason=alert.reason,
        alert=alert.as_json(),
        created_at=now,
        watch_at=now + timedelta(seconds=settings.FALLBACK_ACCEPTED_SECONDS),
    )


def _fitting(recipient: str) -> str:
    if len(recipient) > 64:
        raise ValueError("A recipient is longer than any address.")
    return recipient
