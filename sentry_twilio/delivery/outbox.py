"""The door of the outbox: an alert becomes rows, and from then on cannot be lost."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from sentry_twilio import core
from sentry_twilio.core.options import installed, merged
from sentry_twilio.core.plugin import ENABLED
from sentry_twilio.delivery import engine, policy, twins
from sentry_twilio.delivery.lanes import lane_of
from sentry_twilio.delivery.models import Delivery, Notification
from sentry_twilio.delivery.policy import CONF_KEY, Policy
from sentry_twilio.delivery.states import State
from sentry_twilio.projects.models import Project
from sentry_twilio.projects.transactions import writing

logger = logging.getLogger(__name__)


def enqueue(
    project: Project,
    alert: core.Alert,
    suppressed: str = "",
    overrides: Mapping[str, Mapping[str, str]] | None = None,
) -> list[int]:
    """Write the alert's messages for every plugin that is on and configured in the project.

    With `suppressed`, a sentence for a person, they are kept as not sent for that reason, so
    that nobody wonders where they are. `overrides` are options by a plugin's conf_key that
    replace the project's for this alert; "" takes one away.

    Call it inside the transaction that holds what caused the alert: both are committed, or
    neither. Returns the ids of the notifications, one a plugin; three statements for one.
    """
    made = []
    with writing():
        stored = installed().all(project)
        useful = Policy.read(stored.get(CONF_KEY, {})).useful_seconds
        for plugin in core.plugins.all():
            options = stored.get(plugin.conf_key, {})
            own = (overrides or {}).get(plugin.conf_key, {})
            try:
                if not _is_set_up(plugin, options):
                    continue
                made.append(_write(project, plugin, options, alert, useful, suppressed, own))
            except _CannotCompose:
                # A plugin's mistake may cost its own messages, never the event or the others'.
                logger.exception("The plugin %s could not compose a message.", plugin.slug)
                made.append(_write_none(project, plugin, alert, COULD_NOT))
            except _NotConfigured:
                made.append(_write_none(project, plugin, alert, INCOMPLETE))
        transaction.on_commit(engine.wake)
    return made


def _is_set_up(plugin: core.NotificationPlugin, options: Mapping[str, str]) -> bool:
    """Whether the project wants this plugin's messages: it was set up, and not switched off.

    Raises `_NotConfigured` where its settings do not suffice any more.
    """
    if not options.keys() - {ENABLED}:
        return False
    try:
        is_on = plugin.is_enabled_with(options)
        suffices = plugin.is_configured_with(options)
    except Exception as exc:
        raise _CannotCompose from exc
    if is_on and not suffices:
        raise _NotConfigured
    return is_on


def was_notified(project_id: int, group: str, since: datetime) -> bool:
    """Whether a notification about the group was written since then (aware)."""
    return Notification.objects.filter(
        project=project_id, group=group[:200], created_at__gt=since
    ).exists()


def send_test(project: Project, plugin: core.NotificationPlugin) -> int:
    """Write a test message to the saved recipients and return its notification's id.

    Raises `PluginError` where the plugin is not configured for the project, or fails.
    """
    options = plugin.get_options(project)
    if not plugin.is_configured_with(options):
        raise core.PluginError(f"{plugin.title} is not configured for this project yet.")
    try:
        with writing():
            useful = policy.of(project).useful_seconds
            made = _write(project, plugin, options, plugin.test_alert(project), useful)
            transaction.on_commit(engine.wake)
    except _CannotCompose as exc:
        logger.exception("The plugin %s could not compose a message.", plugin.slug)
        raise core.PluginError(
            f"{plugin.title} could not write the message; the host's log has the details."
        ) from exc
    return made


class _CannotCompose(Exception):
    """A plugin's own mistake while it wrote a message; raised before anything is stored."""


class _NotConfigured(Exception):
    """The plugin was set up, but its settings do not suffice."""


COULD_NOT = "The message could not be written; the host's log has the details."
INCOMPLETE = "The plugin's settings do not suffice to send. Complete them."


def _write_none(
    project: Project, plugin: core.NotificationPlugin, alert: core.Alert, reason: str
) -> int:
    """Keep that there was an alert, and why there is no message; the fallback tells of it."""
    now = timezone.now()
    notification = _notification(project, plugin, alert, now)
    notification.watch_at = now
    notification.save()
    Delivery.objects.create(
        notification=notification,
        project=project,
        plugin=plugin.slug,
        recipient="",
        body=alert.title[:200],
        state=State.REFUSED,
        reason=reason,
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


def _write(
    project: Project,
    plugin: core.NotificationPlugin,
    options: Mapping[str, str],
    alert: core.Alert,
    useful_seconds: int,
    suppressed: str = "",
    overrides: Mapping[str, str] = MappingProxyType({}),
) -> int:
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
                created_at=now,
                due_at=now,
                expires_at=now + useful,
            )
            for message in plugin.compose(core.Notification(alert=alert), options)
        ]
    except Exception as exc:
        raise _CannotCompose from exc
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


def _fitting(recipient: str) -> str:
    if len(recipient) > 64:
        raise ValueError("A recipient is longer than any address.")
    return recipient
