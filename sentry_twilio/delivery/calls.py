"""What a sender thread does: one call to the provider, no database."""

from __future__ import annotations

import logging

from django.conf import settings
from django.utils import timezone

from sentry_twilio.core import ApiError, CannotLookUp, Outcome, Refused, Unknown
from sentry_twilio.delivery import clock
from sentry_twilio.delivery.job import Answer, Job
from sentry_twilio.delivery.senders import Line, NoLine

logger = logging.getLogger(__name__)

NOT_STARTED = Refused(None, "transient", "The worker stopped before sending it.", retry_after=0)
_TOO_BUSY = Refused(None, "transient", "The worker was too busy to send it.", retry_after=1)
_CHANGED = CannotLookUp("The account or sender was changed after it was tried.")


def call(job: Job) -> Answer:
    """Do the job now. Never raises: what a plugin lets out counts as not knowing."""
    if isinstance(job.line, NoLine):
        return _without_line(job, job.line)
    try:
        if job.action == "send":
            return _send(job, job.line)
        if job.action == "ask":
            return job.line.sender.status(job.sid)
        if job.sender_key and job.sender_key != job.line.sender.key:
            return _CHANGED
        return job.line.sender.find(job.message, job.look_since, job.known_sids)
    except ApiError as exc:
        return None if job.action == "ask" else Unknown(str(exc))
    except Exception as exc:
        logger.exception("A plugin failed during %s of delivery %s.", job.action, job.delivery)
        what = f"The plugin failed while it was at work: {type(exc).__name__}."
        return None if job.action == "ask" else Unknown(what)


def _without_line(job: Job, line: NoLine) -> Answer:
    if job.action == "send":
        return Refused(None, line.kind, line.reason)
    return Unknown(line.reason) if job.action == "look_up" else None


def _send(job: Job, line: Line) -> Outcome:
    needed = line.sender.timeout
    if needed >= settings.LEASE_SECONDS:
        return Refused(
            None,
            "config",
            f"A request may take {needed:g} s, longer than a worker may keep a message. "
            "Set LEASE_SECONDS higher.",
        )
    # With less lease left than the call is allowed, another worker could begin before it ends.
    if clock.elapsed() + needed > job.deadline:
        return _TOO_BUSY
    remaining = int((job.expires_at - timezone.now()).total_seconds())
    callback = f"{line.status_url}?attempt={job.token}" if line.status_url else None
    return line.sender.send(job.message, validity=max(1, remaining), callback_url=callback)
