"""A message that did not arrive is sent once more, where that may help."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from sentry_twilio.core import Receipt, plugins
from sentry_twilio.core.options import merged
from sentry_twilio.delivery import engine
from sentry_twilio.delivery.lanes import Lane
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.delivery.states import State

logger = logging.getLogger(__name__)

ARRIVED = "The message that it repeats has arrived after all."


def begin(row: Delivery, receipt: Receipt, now: datetime) -> None:
    """Repeat `row`, which `receipt` says was not delivered, if it is still useful and its
    plugin has a text for that. Once at most, and never a repetition.

    Call it with the row locked, in the transaction that writes the report.
    """
    if row.repeats_id is not None or row.expires_at <= now:
        return
    if Delivery.objects.filter(repeats=row).exists():
        return
    try:
        plugin = plugins.get(row.plugin)
    except KeyError:  # uninstalled meanwhile
        return
    options = merged(plugin.get_options(row.project), row.overrides)
    try:
        if not plugin.is_ready_with(options):
            return
        body = plugin.repetition(row.body, receipt, options)
        sender_key = plugin.sender_key(options)[:120]
    except Exception:
        # Its mistake may cost the repetition, never the report.
        logger.exception("The plugin %s could not say what to repeat.", plugin.slug)
        return
    if not body:
        return
    Delivery.objects.create(
        notification_id=row.notification_id,
        project_id=row.project_id,
        plugin=row.plugin,
        recipient=row.recipient,
        body=body,
        # Nearly the same text; the provider's own count follows.
        segments=row.segments,
        lane=Lane.FREE,
        sender_key=sender_key,
        overrides=row.overrides,
        repeats=row,
        created_at=now,
        due_at=now,
        expires_at=row.expires_at,
    )
    transaction.on_commit(engine.wake)


def cancel(row: Delivery, now: datetime) -> None:
    """`row` has arrived: its repetition, if it has not been sent, is not any more.

    One that is on its way is left alone; nobody can call it back.
    """
    waiting = Delivery.objects.filter(repeats=row, state__in=(State.PENDING, State.HELD))
    waiting.update(
        state=State.SUPPRESSED, due_at=None, digest_since=None, finished_at=now, reason=ARRIVED
    )
