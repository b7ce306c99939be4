"""What an answer of the provider's means for the delivery that it is about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sentry_twilio.core import Accepted, CannotLookUp, Receipt, Refused, Unknown
from sentry_twilio.delivery import schedule
from sentry_twilio.delivery.job import Result
from sentry_twilio.delivery.lanes import Lane
from sentry_twilio.delivery.models import Attempt, Delivery
from sentry_twilio.delivery.receipts import adopt, apply_receipt, finish
from sentry_twilio.delivery.senders import Line
from sentry_twilio.delivery.states import State


def apply(row: Delivery, result: Result, now: datetime) -> None:
    """Move the delivery on, and say when to do the next thing about it.

    Call it with the row locked, inside the transaction that saves it. Of a job whose lease was
    lost nothing counts but that the provider took the message.
    """
    if row.lease == result.job.lease:
        row.lease_until, row.lease = None, ""
        _HANDLERS[result.job.action](row, result, now)
    elif isinstance(result.answer, Accepted):
        # Somebody else is at work on it by now, and has to know.
        adopt(row, result.answer, now)


def note(attempt: Attempt, result: Result) -> None:
    """Put what came of an attempt into its row."""
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
    else:
        finish(row, State.REFUSED, now)


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
