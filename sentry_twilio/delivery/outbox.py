"""The door of the outbox: an alert becomes rows, and from then on cannot be lost."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from django.db import transaction

from sentry_twilio import core
from sentry_twilio.core.plugin import ENABLED
from sentry_twilio.core.storable import clean_text
from sentry_twilio.delivery import engine, policy
from sentry_twilio.delivery.models import Notification
from sentry_twilio.delivery.outbox_rows import CannotCompose, write, write_none
from sentry_twilio.delivery.policy import CONF_KEY, Policy
from sentry_twilio.delivery.senders import UNREADABLE
from sentry_twilio.projects.models import Project
from sentry_twilio.projects.store import ModelOptionStore
from sentry_twilio.projects.transactions import writing

logger = logging.getLogger(__name__)


def enqueue(
    project: Project,
    alert: core.Alert,
    suppressed: str = "",
    overrides: Mapping[str, Mapping[str, str]] | None = None,
    happened_at: datetime | None = None,
) -> list[int]:
    """Write the alert's messages for every plugin that is on and configured in the project.

    With `suppressed`, a sentence for a person, they are kept as not sent for that reason, so
    that nobody wonders where they are. `overrides` are options by a plugin's conf_key that
    replace the project's for this alert; "" takes one away, and `enabled` "0" the plugin.
    `happened_at` (aware), where that is known for sure, is since when the alert loses its use.

    Call it inside the transaction that holds what caused the alert: both are committed, or
    neither. Returns the ids of the notifications, one a plugin; three statements for one.
    """
    made = []
    alert = _storable(alert)
    with writing():
        read = ModelOptionStore().read([project.pk])
        stored = read.options.get(project.pk, {})
        useful = Policy.read(stored.get(CONF_KEY, {})).useful_seconds
        for plugin in core.plugins.all():
            options = stored.get(plugin.conf_key, {})
            own = (overrides or {}).get(plugin.conf_key, {})
            try:
                if (project.pk, plugin.conf_key) in read.unreadable:
                    made.append(write_none(project, plugin, alert, UNREADABLE, suppressed))
                    continue
                if not _is_set_up(plugin, options, own):
                    continue
                made.append(
                    write(project, plugin, options, alert, useful, suppressed, own, happened_at)
                )
            except CannotCompose:
                # A plugin's mistake may cost its own messages, never the event or the others'.
                logger.exception("The plugin %s could not compose a message.", plugin.slug)
                made.append(write_none(project, plugin, alert, COULD_NOT, suppressed))
            except _NotConfigured:
                made.append(write_none(project, plugin, alert, INCOMPLETE, suppressed))
        transaction.on_commit(engine.wake)
    return made


def _is_set_up(
    plugin: core.NotificationPlugin, options: Mapping[str, str], own: Mapping[str, str]
) -> bool:
    """Whether the project wants this plugin's messages: it was set up, and not switched off, for
    good or for this alert.

    Raises `_NotConfigured` where its settings do not suffice any more.
    """
    if not options.keys() - {ENABLED}:
        return False
    try:
        is_on = plugin.is_enabled_with({**options, **own})
        suffices = plugin.is_configured_with(options)
    except Exception as exc:
        raise CannotCompose from exc
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
            made = write(project, plugin, options, plugin.test_alert(project), useful)
            transaction.on_commit(engine.wake)
    except CannotCompose as exc:
        logger.exception("The plugin %s could not compose a message.", plugin.slug)
        raise core.PluginError(
            f"{plugin.title} could not write the message; the host's log has the details."
        ) from exc
    return made


class _NotConfigured(Exception):
    """The plugin was set up, but its settings do not suffice."""


COULD_NOT = "The message could not be written; the host's log has the details."
INCOMPLETE = "The plugin's settings do not suffice to send. Complete them."


def _storable(alert: core.Alert) -> core.Alert:
    """The alert without what a database refuses: somebody else's text may not cost the alert."""
    values: dict[str, Any] = {f.name: getattr(alert, f.name) for f in fields(alert)}
    texts = {name: clean_text(value) for name, value in values.items() if isinstance(value, str)}
    return core.Alert(**values | texts)
