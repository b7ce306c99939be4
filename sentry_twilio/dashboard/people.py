"""Whom a project texts, and through which senders: its usual ones, and those of its rules."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from sentry_twilio.core import Notification, NotificationPlugin
from sentry_twilio.core.options import merged
from sentry_twilio.delivery.models import Delivery, OptOut
from sentry_twilio.delivery.states import State
from sentry_twilio.projects.models import Project
from sentry_twilio.sources import groups, routing

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class People:
    """Recipients, and senders' keys, that a project's settings and groups name."""

    recipients: frozenset[str]
    senders: frozenset[str]


def of(project: Project, plugin: NotificationPlugin, options: Mapping[str, str]) -> People:
    """Those of the plugin's options, and of each group that fits them."""
    every = [options, *_of_groups(project, plugin, options)]
    return People(
        recipients=frozenset(to for values in every for to in _recipients(project, plugin, values)),
        senders=frozenset(plugin.sender_key(values) for values in every),
    )


def opt_outs(
    project: Project, plugin: NotificationPlugin, options: Mapping[str, str]
) -> QuerySet[OptOut]:
    """Those of whom the project texts; another project's may be none of its business.

    A rule may name numbers that stand in no setting. They are found by the messages to them.
    """
    people = of(project, plugin, options)
    texted = Delivery.objects.filter(
        project=project, recipient=OuterRef("recipient"), sender_key=OuterRef("sender_key")
    )
    # Apart, so that each has an index of its own: all of a project's messages are too many.
    was_sent = Exists(texted.filter(slot_at__isnull=False))
    was_held_back = Exists(texted.filter(state=State.SUPPRESSED))
    return OptOut.objects.filter(
        Q(recipient__in=people.recipients) | Q(was_sent) | Q(was_held_back),
        sender_key__in=people.senders,
    )


def _of_groups(
    project: Project, plugin: NotificationPlugin, options: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    for what in groups.WHATS:
        for entered in groups.read(project, what).values():
            values, problem = routing.clean(plugin, options, {what: entered})
            if values and not problem:
                yield merged(options, values)


def _recipients(
    project: Project, plugin: NotificationPlugin, options: Mapping[str, str]
) -> list[str]:
    """To whom a message would go."""
    test = Notification(alert=plugin.test_alert(project))
    try:
        return [message.to for message in plugin.compose(test, options)]
    except Exception:
        # A plugin's mistake may not close the very page where its settings are changed.
        logger.exception("The plugin %s could not compose a message.", plugin.slug)
        return []
