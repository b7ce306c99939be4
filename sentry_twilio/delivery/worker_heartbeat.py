"""A worker's sign of life, for whoever asks whether anything sends."""

from __future__ import annotations

import logging
import os
import secrets
import socket
from datetime import datetime, timedelta
from functools import cache

from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from sentry_twilio.delivery import clock
from sentry_twilio.delivery.chores import Chore
from sentry_twilio.delivery.models import WorkerHeartbeat
from sentry_twilio.projects.transactions import writing

logger = logging.getLogger(__name__)

EVERY_SECONDS = 10.0
SILENT_SECONDS = 60
"""A worker that has not been heard of for so long is taken for dead."""
FORGOTTEN = timedelta(days=1)


_turned_at: float | None = None


def turned() -> None:
    """This process's worker has just gone round. From now on its silence is taken for trouble."""
    global _turned_at
    _turned_at = clock.elapsed()


def rests() -> None:
    """This process's worker has ended: whether it turns says nothing any more."""
    global _turned_at
    _turned_at = None


def beat() -> None:
    """Say that this process sends, and forget workers that have been silent for a day.

    Where its worker does not get round, it does not send, whatever else of it lives.
    """
    if _turned_at is not None and clock.elapsed() - _turned_at > SILENT_SECONDS / 2:
        return
    now = timezone.now()
    with writing():
        WorkerHeartbeat.objects.bulk_create(
            [WorkerHeartbeat(name=_name(os.getpid()), beat_at=now)],
            update_conflicts=True,
            unique_fields=["name"],
            update_fields=["beat_at"],
        )
        # Also what seems to come from the future: the clock was set back since.
        gone = Q(beat_at__lt=now - FORGOTTEN) | Q(beat_at__gt=now + FORGOTTEN)
        WorkerHeartbeat.objects.filter(gone).delete()


def stop() -> None:
    """This process sends no more. Where the database is away, its silence will say so."""
    try:
        with writing():
            WorkerHeartbeat.objects.filter(name=_name(os.getpid())).delete()
    except (DatabaseError, InterfaceError):
        logger.warning("The worker could not sign off: the database is away.")
    finally:
        connection.close()


def alive(now: datetime) -> QuerySet[WorkerHeartbeat]:
    """The workers that are not silent.

    A sign from the future is none: it was written before the clock was set back, and whoever
    lives corrects it within seconds. The clocks of several machines may differ a little.
    """
    span = timedelta(seconds=SILENT_SECONDS)
    return WorkerHeartbeat.objects.filter(beat_at__gt=now - span, beat_at__lt=now + span)


CHORE = Chore("worker heartbeat", EVERY_SECONDS, beat)


@cache
def _name(pid: int) -> str:
    # In containers, host names and process ids are alike; a forked process is another one.
    return f"{socket.gethostname()[:80]}:{pid}:{secrets.token_hex(4)}"
