"""What a sender thread does: one call to the provider, no database."""

from __future__ import annotations

import logging
import time

from django.utils import timezone

from sentry_twilio.core import ApiError, CannotLookUp, Outcome, Receipt, Refused, Unknown
from sentry_twilio.delivery.lease import Action, Job
from sentry_twilio.delivery.senders import Line

logger = logging.getLogger(__name__)

Answer = Outcome | CannotLookUp | Receipt | None
"""Of a send an `Outcome`; of a look-up `Accepted`, `CannotLookUp` or `Unknown` (ask again);
of a question after the status a `Receipt`. None: nothing was found, or could be asked."""

NOT_STARTED = Refused(None, "transient", "The worker stopped before sending it.", retry_after=0)
_TOO_LATE = Refused(None, "transient", "The worker was too busy to send it.", retry_after=0)
_NO_LINE: dict[Action, Answer] = {
    "send": Refused(
        None, "config", "The plugin's settings no longer suffice to send. Complete them."
    ),
    "look_up": Unknown("The plugin's settings no longer suffice to ask the provider."),
    "ask": None,
}


def call(job: Job, line: Line | None) -> Answer:
    """Do the job now. Never raises: what a plugin lets out counts as not knowing."""
    if line is None:
        return _NO_LINE[job.action]
    try:
        if job.action == "look_up":
            return line.sender.find(job.message, job.attempted_at, job.known_sids)
        if job.action == "ask":
            return line.sender.status(job.sid)
        return _send(job, line)
    except ApiError as exc:
        return None if job.action == "ask" else Unknown(str(exc))
    except Exception as exc:
        logger.exception("The plugin %s failed during %s.", job.plugin, job.action)
        what = f"The plugin failed while it was at work: {type(exc).__name__}."
        return None if job.action == "ask" else Unknown(what)


def _send(job: Job, line: Line) -> Outcome:
    # With less lease left than the call may take, another worker could begin before it ends.
    if time.monotonic() + line.sender.timeout > job.deadline:
        return _TOO_LATE
    remaining = int((job.expires_at - timezone.now()).total_seconds())
    callback = f"{line.status_url}?attempt={job.token}" if line.status_url else None
    return line.sender.send(job.message, validity=max(1, remaining), callback_url=callback)
