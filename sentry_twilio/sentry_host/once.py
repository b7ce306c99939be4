"""One text per event and recipient, however often Sentry asks for it.

With its workflow engine, since 25.9, each alert's action is a task of its own: three alerts on one
event are three calls, and none knows of the others. A task that ran for too long is run again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from hashlib import blake2b

from django.core.cache import cache

from sentry_twilio.core import Alert, Message

logger = logging.getLogger(__name__)

SECONDS = 600
"""Longer than all runs of a task, 30 seconds each, with a queue that is behind between them."""


def claim(alert: Alert, messages: Sequence[Message]) -> list[Message]:
    """Those of the messages that are this call's to send; the others are an earlier call's.

    What the cache of Sentry's Django does not keep, or cannot say, is sent: a text twice is
    better than none. An alert about no event, such as a test, is nobody's and always sent.
    """
    if not alert.event_id:
        return list(messages)
    ours = [message for message in messages if _is_first(_key(alert, message))]
    if len(ours) < len(messages):
        logger.info(
            "Project %s: %d of %d recipients are left to an earlier call about event %s.",
            alert.project.id,
            len(messages) - len(ours),
            len(messages),
            alert.event_id,
        )
    return ours


def release(alert: Alert, messages: Sequence[Message]) -> None:
    """These were surely not sent: whichever call comes next may try again."""
    if not alert.event_id:
        return
    try:
        cache.delete_many([_key(alert, message) for message in messages])
    except Exception as exc:  # noqa: BLE001  (whatever a cache raises; the claims end by themselves)
        logger.warning("Sentry's cache failed: %s", type(exc).__name__)


def _is_first(key: str) -> bool:
    try:
        # A memcached that is down says that it added nothing; then it has nothing, either.
        return bool(cache.add(key, "1", SECONDS)) or cache.get(key) is None
    except Exception as exc:  # noqa: BLE001  (whatever a cache raises, an alert is worth more)
        logger.warning("Sentry's cache failed: %s", type(exc).__name__)
        return True


def _key(alert: Alert, message: Message) -> str:
    # The group, too: one slow transaction may be an event of several issues. And a digest of it
    # all, for whoever lists a cache's keys need not see phone numbers.
    what = f"{alert.project.id}:{alert.group}:{alert.event_id}:{message.to}"
    return f"sentry-twilio-sms:{blake2b(what.encode(), digest_size=16).hexdigest()}"
