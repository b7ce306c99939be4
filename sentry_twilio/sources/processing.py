"""From a call that was written down to what it causes: all of it in one transaction.

A call is done exactly when its effects are committed, so a crash in between costs nothing: the
row still waits, and nothing of what it would have caused is there.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from sentry_twilio.projects.transactions import writing
from sentry_twilio.sources import effects
from sentry_twilio.sources.hook import Hook, NotUnderstood, parse
from sentry_twilio.sources.kinds import KINDS
from sentry_twilio.sources.models import Call
from sentry_twilio.tracker.rejected import Rejected

logger = logging.getLogger(__name__)

State = Call.State

MOST_TRIES = 8
LONGEST_WAIT = timedelta(seconds=2**MOST_TRIES)
KEPT = timedelta(days=7)
"""How long a call is known again; trackers that repeat one do so within hours."""
IN_ORDER = "sources.inbox"
"""The name under which one transaction at a time does a call, or takes its source away."""


def process_due(limit: int = 100) -> int:
    """Do what waits, the oldest first, at most `limit` calls; how many were done.

    Any number of processes may call it: one at a time takes a call, in the order in which they
    came, since "resolved" after "created" is not the same as before it.
    """
    done = 0
    while done < limit and _process_next():
        done += 1
    return done


def _process_next() -> bool:
    if not _waiting().exists():  # mostly so, and a look takes no lock
        return False
    pk = None
    try:
        with writing(one_at_a_time=IN_ORDER):
            call = _waiting().select_for_update(of=("self",), skip_locked=True).first()
            if call is None:
                return False
            pk = call.pk
            call.result, call.state = _do(call)
            call.processed_at = timezone.now()
            if call.state == State.DONE:
                call.body = b""  # it may hold what nobody needs any more
            call.save(update_fields=["result", "state", "processed_at", "body", "done", "issue"])
    except Exception:
        # One call that cannot be done may not keep those after it from being done.
        if pk is None:
            raise
        logger.exception("Call %s of a source could not be processed.", pk)
        _put_off(pk)
    return True


def _waiting() -> QuerySet[Call]:
    now = timezone.now()
    # What is due later than any wait could make it was written before the clock was set back.
    due = Q(tries=0) | Q(due_at__lte=now) | Q(due_at__gt=now + LONGEST_WAIT)
    return (
        Call.objects.filter(due, state=State.WAITING)
        .select_related("source__project")
        .order_by("id")
    )


def _do(call: Call) -> tuple[str, Call.State]:
    kind = KINDS.get(call.source.kind)
    if kind is None:
        return "This host no longer knows this kind of source.", State.FAILED
    try:
        data = parse(bytes(call.body))
        alerts = kind.read(Hook(data, call.resource))
    except (NotUnderstood, Rejected) as exc:
        # It was understood when it came in: this host is another version by now.
        return str(exc), State.FAILED
    if not alerts:
        return effects.leave_alone(call.source, call.resource, data), State.DONE
    done: list[int] = call.done or []
    outcomes = {
        place: effects.apply(call.source, alert, call.received_at)
        for place, alert in enumerate(alerts)
        if place not in done
    }
    # Where only some wait for their projects to be mapped, the others are not told again then.
    call.done = done + [place for place, outcome in outcomes.items() if not outcome.waits]
    call.issue = call.issue or next((one.issue for one in outcomes.values() if one.issue), None)
    said = " ".join(dict.fromkeys(outcome.said for outcome in outcomes.values()))[:300]
    return said, State.DONE if len(call.done) == len(alerts) else State.UNMAPPED


def _put_off(pk: int) -> None:
    with writing():
        call = Call.objects.select_for_update().filter(pk=pk).first()
        if call is None:  # its source was removed meanwhile
            return
        call.tries += 1
        if call.tries >= MOST_TRIES:
            call.state = State.FAILED
            call.result = "It could not be processed; the host's log has the details."
        else:
            call.due_at = timezone.now() + timedelta(seconds=2**call.tries)
        call.save(update_fields=["tries", "state", "result", "due_at"])


def prune() -> int:
    """Forget calls older than `KEPT`, but for those that still wait; how many went."""
    with writing():
        old = Call.objects.filter(received_at__lt=timezone.now() - KEPT)
        return old.exclude(state=State.WAITING).delete()[0]
