"""What happened to a delivery, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sentry_twilio.dashboard.shown import mask_email, plugin_title, told
from sentry_twilio.delivery.models import (
    Attempt,
    Callback,
    Delivery,
    FallbackMessage,
    FallbackTarget,
)
from sentry_twilio.delivery.states import State


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened on the way."""

    at: datetime
    title: str
    text: str = ""
    details: str = ""


def steps(row: Delivery, in_full: bool) -> list[Step]:
    """What happened to a delivery, in the order in which it did; masked unless `in_full`."""
    found = [Step(row.created_at, "Written down", f"For {plugin_title(row.plugin)}.")]
    found += [_attempt(attempt, row, in_full) for attempt in row.attempts.all()]
    found += [_report(callback) for callback in row.callbacks.all()]
    if row.accepted_at:
        details = f"The provider's id is {row.sid}." if row.sid else ""
        found.append(Step(row.accepted_at, "Accepted by the provider", details=details))
    if row.state == State.HELD and row.digest_since:
        reason = told(row.reason, row, in_full)
        found.append(Step(row.digest_since, row.get_state_display(), reason))
    if row.finished_at:
        reason = told(row.reason, row, in_full)
        said_before = any(step.text == reason for step in found)
        found.append(Step(row.finished_at, row.get_state_display(), "" if said_before else reason))
    if row.notification.fallback:
        found.append(_fallback(row.notification.fallback, in_full))
    # Sorting is stable: what was written in the same moment stays in this order.
    return sorted(found, key=lambda step: step.at)


def _attempt(attempt: Attempt, row: Delivery, in_full: bool) -> Step:
    return Step(
        attempt.started_at,
        f"Attempt {attempt.number}: {attempt.get_outcome_display().lower()}",
        told(attempt.reason, row, in_full),
        _listed(
            f"took {attempt.seconds:.2f} s" if attempt.seconds is not None else "",
            _code(attempt.code),
            f"request {attempt.request_id}" if attempt.request_id else "",
        ),
    )


def _report(callback: Callback) -> Step:
    return Step(
        callback.received_at,
        f"The provider reported: {callback.status}",
        details=_listed(
            _code(callback.code), f"came {callback.times} times" if callback.times > 1 else ""
        ),
    )


def _fallback(message: FallbackMessage, in_full: bool) -> Step:
    targets = [_target(target, in_full) for target in message.targets.all()]
    return Step(message.created_at, "Told through the fallback", " ".join(targets))


def _target(target: FallbackTarget, in_full: bool) -> str:
    channel = target.get_channel_display()
    if target.address:
        channel += f" to {target.address if in_full else mask_email(target.address)}"
    reason = f" {target.reason}" if in_full and target.reason else ""
    return f"{channel}: {target.get_state_display().lower()}.{reason}"


def _code(code: int | None) -> str:
    return f"code {code}" if code is not None else ""


def _listed(*facts: str) -> str:
    return ", ".join(filter(None, facts))
