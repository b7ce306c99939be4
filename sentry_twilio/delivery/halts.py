"""A project whose credentials are not accepted stops sending, says so, and goes on by itself.

Every further request would be refused alike, and a provider takes many of them for an attack.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from sentry_twilio.core import ApiError, Refused
from sentry_twilio.delivery import engine, notices
from sentry_twilio.delivery.caps import SKEW
from sentry_twilio.delivery.due import due_by
from sentry_twilio.delivery.lanes import Lane
from sentry_twilio.delivery.models import Delivery, Halt
from sentry_twilio.delivery.senders import Address, Line, Senders
from sentry_twilio.delivery.states import WAITING, State
from sentry_twilio.projects.transactions import writing

STOPPED, MENDED = "No text messages are being sent", "Text messages are sent again"
ACCEPTED_AGAIN = "The provider accepts the credentials again. It leaves as soon as there is room."
QUIET = timedelta(hours=1)
"""Where it comes and goes, the fallback hears so often that it is mended, and hears anew of what
a person tried in vain to mend."""
CHECK_FIRST, CHECK_CAP = timedelta(seconds=30), timedelta(minutes=15)
"""When to ask the provider whether it accepts the credentials again: doubling in between."""


def of(rows: Sequence[Delivery]) -> dict[tuple[int, str], Halt]:
    """The halts of the rows' projects, by project and plugin."""
    halts = Halt.objects.filter(project__in={row.project_id for row in rows})
    return {(halt.project_id, halt.plugin): halt for halt in halts}


def halted() -> set[tuple[int, str]]:
    """The projects and plugins of which nothing may go, not even on trial."""
    return set(Halt.objects.filter(on_trial=False).values_list("project_id", "plugin"))


def let_go_at_most(project_id: int, plugin: str) -> int | None:
    """How many of the messages that wait may be let go; None for any number. On trial it is one,
    unless another is under way already: what becomes of it decides about the others."""
    halt = Halt.objects.filter(project=project_id, plugin=plugin).first()
    if halt is None:
        return None
    if not halt.on_trial:
        return 0
    under_way = Delivery.objects.filter(due_at__isnull=False, state__in=WAITING)
    let_go = under_way.filter(project=project_id, plugin=plugin, slot_at__isnull=False)
    return 0 if let_go.filter(lane__in=(Lane.WORST, Lane.DIGEST)).exists() else 1


def use_trials(halts: Collection[int]) -> None:
    """A message goes, and what becomes of it decides about the others."""
    Halt.objects.filter(pk__in=halts).update(on_trial=False)


def begin(row: Delivery, refused: Refused, now: datetime) -> None:
    """The provider does not accept the credentials that `row` was sent with. Of a message that
    was on trial, the halt goes on, and the next trial is later."""
    halt, new = Halt.objects.get_or_create(
        project_id=row.project_id,
        plugin=row.plugin,
        defaults={
            "code": refused.code,
            "reason": refused.reason,
            "since": now,
            "check_at": now + CHECK_FIRST,
        },
    )
    if halt.on_trial:
        use_trials([halt.pk])
    if new:
        # Where it comes and goes, the last word that was told has to be the true one.
        was_mended = notices.last_of(row.project, (STOPPED, MENDED)) == MENDED
        notices.tell_once(
            row.project,
            STOPPED,
            f"{refused.reason} Nothing more is sent for this project until that is mended; "
            "alerts wait and leave in one digest afterwards. Mend the plugin's settings, or the "
            "account. We look every few minutes whether that was done.",
            timedelta(0) if was_mended else QUIET,
            row.plugin,
        )


def lift(project_id: int, plugin: str) -> bool:
    """Send again: the settings were changed, or a message was accepted. False: there was none.

    What waits leaves in a digest. Where the credentials are still wrong, its refusal halts the
    project once more.
    """
    with writing():
        halts = list(Halt.objects.filter(project=project_id, plugin=plugin))
        for halt in halts:
            _end(halt)
    engine.wake()
    return bool(halts)


def lift_accepted(
    rows: Iterable[Delivery], attempted: Mapping[int, datetime], now: datetime
) -> None:
    """Messages were accepted, so the credentials are: those with which each was `attempted`,
    by delivery. News of an attempt before the halt says nothing."""
    latest: dict[tuple[int, str], datetime] = {}
    for row in rows:
        key, at = (row.project_id, row.plugin), attempted[row.pk]
        latest[key] = max(latest.get(key, at), at)
    for halt in Halt.objects.filter(project__in={project for project, _ in latest}):
        at_last = latest.get((halt.project_id, halt.plugin))
        # A halt that seems to begin much later began before the clock was set back.
        if at_last is not None and (at_last >= halt.since or halt.since > now + SKEW):
            _end(halt)
            notices.tell_once(
                halt.project,
                MENDED,
                "The provider accepted a message. What waited leaves in a digest.",
                QUIET,
                halt.plugin,
            )


def _end(halt: Halt) -> None:
    waiting = Delivery.objects.filter(
        project=halt.project_id, plugin=halt.plugin, state=State.HELD, reason=halt.reason
    )
    waiting.update(reason=ACCEPTED_AGAIN)
    halt.delete()


def check_again() -> None:
    """Ask the providers about the halts whose turn it is, and put those on trial that seem over."""
    now = timezone.now()
    with writing():
        rows = Halt.objects.select_for_update(skip_locked=True)
        due = list(rows.filter(due_by("check_at", now, 2 * CHECK_CAP)))
        for halt in due:
            halt.checks += 1
            halt.check_at = now + min(CHECK_CAP, CHECK_FIRST * 2 ** min(halt.checks, 10))
            halt.save(update_fields=["checks", "check_at"])
    if not due:
        return
    senders = Senders()
    try:
        routes = senders.routes(Address(halt.project_id, halt.plugin) for halt in due)
        for halt in due:
            line = routes[Address(halt.project_id, halt.plugin)].line
            if isinstance(line, Line):
                _check(halt, line)
    finally:
        senders.close()


def _check(halt: Halt, line: Line) -> None:
    try:
        trouble = line.sender.check()
    except ApiError:
        return  # it cannot be asked now, or does not say
    with writing():
        row = Halt.objects.filter(pk=halt.pk)
        if trouble is None:
            # An account that answers may still send nothing: only a message can show that.
            row.update(on_trial=True)
        else:
            row.update(on_trial=False, code=trouble.code, reason=trouble.reason)
    if trouble is None:
        engine.wake()
