"""Writing down what came of a batch of calls, and what follows from it, in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from django.db import IntegrityError, InterfaceError, OperationalError
from django.utils import timezone

from sentry_twilio.core import Refused
from sentry_twilio.delivery import allowance, answers, consequences, counts, gate
from sentry_twilio.delivery.attempt_log import log_attempts
from sentry_twilio.delivery.job import Result
from sentry_twilio.delivery.models import Attempt, Delivery
from sentry_twilio.delivery.rows import save
from sentry_twilio.delivery.states import State
from sentry_twilio.projects.transactions import writing

logger = logging.getLogger(__name__)


def write(results: Sequence[Result]) -> None:
    """Bring the deliveries up to date in one transaction. Writing a result twice is harmless.

    Where one of them cannot be written, they are written one by one: the later of two that
    claim one message of the provider's counts as not found, and what fails for any other
    reason is left to the end of its lease. Raises where the database is away.
    """
    try:
        _write(results)
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # noqa: BLE001  (each is written alone, and its mistake logged there)
        for result in results:
            _write_alone(result)


def _write_alone(result: Result) -> None:
    try:
        try:
            _write([result])
        except IntegrityError:
            _write([replace(result, answer=None)])
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("What came of delivery %s cannot be stored.", result.job.delivery)


def _write(results: Sequence[Result]) -> None:
    now = timezone.now()
    with writing():
        # Rows of other tables are locked as the results come: in one order in all workers.
        results = sorted(results, key=lambda r: (r.job.message.to, r.job.delivery))
        ids = [result.job.delivery for result in results]
        rows = Delivery.objects.select_for_update().order_by("pk").in_bulk(ids)
        before = {pk: row.state for pk, row in rows.items()}
        sent = [result for result in results if result.job.action == "send"]
        attempts = Attempt.objects.in_bulk([result.job.attempt for result in sent])
        for result in results:
            row = rows.get(result.job.delivery)
            if row is None:  # its project was deleted meanwhile
                continue
            attempt = attempts.get(result.job.attempt)
            if attempt is not None:
                answers.note(attempt, result)
            answers.apply(row, result, now)
        save(list(rows.values()), _DELIVERY_FIELDS)
        save(list(attempts.values()), _ATTEMPT_FIELDS)
        changed = [row for pk, row in rows.items() if row.state != before[pk]]
        refusals = {r.job.delivery: r.answer for r in sent if isinstance(r.answer, Refused)}
        over = [row.pk for row in changed if row.state in (State.REFUSED, State.HELD)]
        unsent = allowance.give_back([pk for pk in over if pk in refusals])
        # What rang no phone leaves room for another message. Only where a halt sees to it that
        # there is not another one at once, and so on.
        free = [pk for pk in unsent if refusals[pk].halts]
        Delivery.objects.filter(pk__in=free).update(slot_at=None)
        attempted = {result.job.delivery: result.job.attempted_at for result in results}
        consequences.draw(changed, attempted, now, refusals)
        gate.learn(sent, now)
        counts.add_attempts(sent, now)
    log_attempts(sent, rows)


_DELIVERY_FIELDS = (
    "state",
    "status",
    "code",
    "reason",
    "sid",
    "segments",
    "possibly_repeated",
    "due_at",
    "lease_until",
    "lease",
    "questions",
    "expects_callback",
    "digest_since",
    "accepted_at",
    "finished_at",
)
_ATTEMPT_FIELDS = ("seconds", "outcome", "code", "reason", "request_id")
