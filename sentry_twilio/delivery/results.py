"""Writing down what came of the calls, and what follows from it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import IntegrityError, InterfaceError, OperationalError
from django.utils import timezone

from sentry_twilio.core import Accepted, CannotLookUp, Receipt, Refused, Unknown
from sentry_twilio.delivery import allowance, consequences, counts, gate, schedule
from sentry_twilio.delivery.attempt_log import log_attempts
from sentry_twilio.delivery.job import Result
from sentry_twilio.delivery.lanes import Lane
from sentry_twilio.delivery.models import Attempt, Delivery
from sentry_twilio.delivery.receipts import adopt, apply_receipt, finish
from sentry_twilio.delivery.rows import save
from sentry_twilio.delivery.senders import Line
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
        before = {pk: (row.state, row.slot_at) for pk, row in rows.items()}
        sent = [result for result in results if result.job.action == "send"]
        attempts = Attempt.objects.in_bulk([result.job.attempt for result in sent])
        for result in results:
            row = rows.get(result.job.delivery)
            if row is None:  # its project was deleted meanwhile
                continue
            attempt = attempts.get(result.job.attempt)
            if attempt is not None:
                _note(attempt, result)
            if row.lease == result.job.lease:
                row.lease_until, row.lease = None, ""
                _HANDLERS[result.job.action](row, result, now)
            elif isinstance(result.answer, Accepted):
                # Somebody else is at work on it by now, and has to know.
                adopt(row, result.answer, now)
        save(list(rows.values()), _DELIVERY_FIELDS)
        save(list(attempts.values()), _ATTEMPT_FIELDS)
        changed = [row for pk, row in rows.items() if row.state != before[pk][0]]
        refusals = {r.job.delivery: r.answer for r in sent if isinstance(r.answer, Refused)}
        allowance.give_back(
            (row, before[row.pk][1])
            for row in changed
            if row.pk in refusals and row.state in (State.REFUSED, State.HELD) and row.tries == 1
        )
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
    "slot_at",
    "accepted_at",
    "finished_at",
)
_ATTEMPT_FIELDS = ("seconds", "outcome", "code", "reason", "request_id")


def _note(attempt: Attempt, result: Result) -> None:
    answer = result.answer
    attempt.seconds = round(result.seconds, 3)
    if isinstance(answer, Accepted):
        attempt.outcome = Attempt.Outcome.ACCEPTED
    elif isinstance(answer, Refused):
        attempt.outcome = Attempt.Outcome.REFUSED
        attempt.code, attempt.reason = answer.code, answer.reason
    elif isinstance(answer, Unknown):
        attempt.outcome = Attempt.Outcome.UNKNOWN
        attempt.reason = answer.reason
    if isinstance(answer, (Accepted, Refused, Unknown)):
        attempt.request_id = answer.request_id[:64]


def _after_send(row: Delivery, result: Result, now: datetime) -> None:
    answer = result.answer
    row.expects_callback = isinstance(result.job.line, Line) and bool(result.job.line.status_url)
    if isinstance(answer, Accepted):
        row.expects_callback = row.expects_callback and not answer.unreported
        adopt(row, answer, now)
    elif row.state != State.SENDING:
        # A report was quicker than the answer, and knows more.
        return
    elif isinstance(answer, Refused):
        _after_refusal(row, answer, now)
    elif isinstance(answer, Unknown):
        row.state, row.reason, row.questions = State.UNKNOWN, answer.reason, 0
        row.due_at = _after(now, schedule.look_up_after(0))


def _after_refusal(row: Delivery, refused: Refused, now: datetime) -> None:
    row.code, row.reason = refused.code, refused.reason
    if refused.kind == "rate_limited":
        # It was not even looked at. When it may go again is its sender's gate's business.
        row.state, row.due_at = State.PENDING, now + schedule.soon()
    elif refused.kind == "transient":
        row.state = State.PENDING
        # It expires on time, however long the provider asks to wait.
        after = now + schedule.retry_after(row.tries, refused.retry_after)
        row.due_at = min(after, row.expires_at)
    elif refused.halts and row.lane != Lane.FREE and row.notification.reason != "digest":
        row.state, row.due_at, row.digest_since = State.HELD, None, now
        _free_slot(row)
    else:
        finish(row, State.REFUSED, now)
        if refused.halts:
            _free_slot(row)


def _free_slot(row: Delivery) -> None:
    """What surely rang no phone leaves room for another message. Of an earlier attempt we know
    less. Only where a halt sees to it that there is not another one at once, and so on."""
    if row.tries == 1:
        row.slot_at = None


def _after_look_up(row: Delivery, result: Result, now: datetime) -> None:
    answer = result.answer
    if isinstance(answer, Accepted):
        adopt(row, answer, now)
        return
    if row.state != State.UNKNOWN:
        return
    if isinstance(answer, Unknown):
        # The provider did not answer. Sending again now could double the message.
        row.due_at = now + schedule.look_up_again_after(now - result.job.attempted_at)
        if now > row.created_at + schedule.GIVE_UP:
            row.reason = f"It is not known whether it was sent. {answer.reason}"
            finish(row, State.EXPIRED, now)
        return
    row.questions += 1
    row.due_at = _after(now, schedule.look_up_after(row.questions))
    if row.due_at is not None:
        return
    if isinstance(answer, CannotLookUp):
        row.possibly_repeated = True
        row.reason = answer.reason
    row.state, row.due_at = State.PENDING, now


def _after_question(row: Delivery, result: Result, now: datetime) -> None:
    if isinstance(result.answer, Receipt):
        apply_receipt(row, result.answer, now)
    if row.state != State.ACCEPTED:
        return
    row.questions += 1
    row.due_at = now + schedule.ask_again_after(row.questions, row.expects_callback)
    if row.due_at > row.created_at + schedule.GIVE_UP:
        row.due_at = None
        row.reason = "The provider accepted it and never said whether it arrived."


def _after(now: datetime, wait: timedelta | None) -> datetime | None:
    return None if wait is None else now + wait


_HANDLERS: dict[str, Callable[[Delivery, Result, datetime], None]] = {
    "send": _after_send,
    "look_up": _after_look_up,
    "ask": _after_question,
}
