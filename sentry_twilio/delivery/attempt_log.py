"""One line of the log for each attempt, with fields for whoever collects them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from sentry_twilio.delivery.counts import outcome_of
from sentry_twilio.delivery.job import Result
from sentry_twilio.delivery.models import Delivery

logger = logging.getLogger(__name__)


def log_attempts(results: Sequence[Result], rows: Mapping[int, Delivery]) -> None:
    """Log what came of each attempt to send, without number and text. `rows`: the deliveries by id.

    Call it after the commit: a line about what was rolled back would be a lie.
    """
    for result in results:
        row = rows.get(result.job.delivery)
        if row is None:
            continue
        outcome, code = outcome_of(result.answer)
        seconds = round(result.seconds, 3)
        logger.info(
            "Delivery %s was %s after %.3f s%s",
            row.pk,
            _WORDS[outcome],
            seconds,
            f": {reason}" if (reason := getattr(result.answer, "reason", "")) else ".",
            extra={
                "delivery": row.pk,
                "project": row.project_id,
                "attempt": result.job.attempt,
                "outcome": outcome,
                "code": code or None,
                "seconds": seconds,
            },
        )


_WORDS = {
    "accepted": "accepted",
    "refused": "refused",
    "not_sent": "not sent",
    "unknown": "left in doubt",
}
