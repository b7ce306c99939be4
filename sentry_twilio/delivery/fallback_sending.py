"""Bringing fallback messages to their addresses. At least once: doubled at worst, never lost.

A target is claimed before it is tried, for as long as a try can take: after a crash it is
taken up again when that time is over. How it went is written only by who claimed it last.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone

from sentry_twilio.delivery import deadline, fallback, links, mail, policy, webhook
from sentry_twilio.delivery.due import due_by
from sentry_twilio.delivery.models import FallbackMessage, FallbackTarget
from sentry_twilio.delivery.policy import Policy
from sentry_twilio.projects.transactions import writing

logger = logging.getLogger(__name__)

Channel = FallbackTarget.Channel
State = FallbackTarget.State

AT_ONCE = 10
LONGEST = 60.0
"""Seconds for one try, from its start to its outcome."""
LEASE = timedelta(minutes=3)
RETRY_FIRST, RETRY_CAP = timedelta(seconds=30), timedelta(hours=1)
TRIES = 31
"""30 s, doubling up to an hour: the last one is 24 hours after the first. Counted in tries and
not by the clock, which may jump."""
TOO_LONG = "It took longer than a minute."


@dataclass(frozen=True, slots=True)
class Errand:
    """One target that is to be tried now. `work` may hold a secret."""

    target: int
    tries: int
    is_trial: bool
    project: int
    work: Callable[[], str] = field(repr=False)


def send_mails() -> None:
    """Send the e-mails that are due: a batch of them."""
    _send(Channel.EMAIL)


def call_webhooks() -> None:
    """Call the webhooks whose turn it is: a batch of them."""
    _send(Channel.WEBHOOK)


def retry_after(tries: int) -> timedelta:
    """How long to wait after that many tries."""
    return min(RETRY_CAP, RETRY_FIRST * float(2 ** min(tries - 1, 10)))


def _send(channel: FallbackTarget.Channel) -> None:
    errands = _claim(channel)
    failures = deadline.run_all([errand.work for errand in errands], LONGEST, TOO_LONG)
    now = timezone.now()
    for errand, failure in zip(errands, failures, strict=True):
        _write(errand, failure, now)


def _claim(channel: FallbackTarget.Channel) -> list[Errand]:
    now = timezone.now()
    due = FallbackTarget.objects.filter(due_by("due_at", now, 2 * RETRY_CAP), channel=channel)
    if not due.exists():  # most often; SQLite's one writer is not kept for it
        return []
    with writing():
        targets = list(
            due.select_related("message__project")
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("due_at")[:AT_ONCE]
        )
        for target in targets:
            target.tries, target.due_at = target.tries + 1, now + LEASE
        errands = [errand for target in targets if (errand := _errand(target, now))]
        fields = ["tries", "due_at", "state", "reason", "finished_at"]
        FallbackTarget.objects.bulk_update(targets, fields)
    return errands


def _errand(target: FallbackTarget, now: datetime) -> Errand | None:
    message = target.message
    if not policy.is_readable(message.project):
        # Not tried: whoever has the keys knows who is still wanted.
        target.tries, target.due_at = target.tries - 1, now + RETRY_FIRST
        return None
    choices = policy.of(message.project)
    if not fallback.is_wanted(target, choices):
        target.state, target.due_at, target.finished_at = State.FAILED, None, now
        target.reason = "It was removed from the fallback before this was sent."
        # Whoever took its place hears of what was still on its way.
        fallback.address(message, choices)
        return None
    return Errand(
        target=target.pk,
        tries=target.tries,
        is_trial=message.kind == FallbackMessage.Kind.TRIAL,
        project=message.project_id,
        work=_work(target, choices),
    )


def _work(target: FallbackTarget, choices: Policy) -> Callable[[], str]:
    message = target.message
    if target.channel == Channel.WEBHOOK:
        return partial(webhook.send, choices.webhook, webhook.payload(message))
    body = (
        f"{message.body}\n\n-- \nYou get this because your address is in the fallback of the "
        f"project {message.project.name} ({links.deliveries_url(message.project)})."
    )
    return partial(mail.send, target.address, message.subject, body, f"fallback-{target.pk}")


def _write(errand: Errand, failure: str, now: datetime) -> None:
    changes: dict[str, object] = {"reason": failure}
    if not failure:
        changes |= {"state": State.SENT, "due_at": None, "finished_at": now}
    elif errand.is_trial or errand.tries >= TRIES:
        changes |= {"state": State.FAILED, "due_at": None, "finished_at": now}
        level = logging.WARNING if errand.is_trial else logging.ERROR
        logger.log(level, "The fallback of project %s was not reached: %s", errand.project, failure)
    else:
        changes |= {"due_at": now + retry_after(errand.tries)}
        if errand.tries == 1:
            text = "The fallback of project %s was not reached, and is tried again: %s"
            logger.warning(text, errand.project, failure)
    with writing():
        FallbackTarget.objects.filter(
            pk=errand.target, tries=errand.tries, state=State.PENDING
        ).update(**changes)
