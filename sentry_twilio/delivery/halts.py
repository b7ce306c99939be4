"""A project whose credentials are not accepted stops sending, says so, and goes on by itself.

Every further request would be refused alike, and a provider takes many of them for an attack.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from sentry_twilio.core import ApiError, Refused
from sentry_twilio.delivery import engine, notices
from sentry_twilio.delivery.models import Delivery, Halt
from sentry_twilio.delivery.senders import Line, Senders
from sentry_twilio.projects.transactions import writing

QUIET = timedelta(hours=1)
"""Where it comes and goes, the fallback hears of it so often."""
CHECK_FIRST, CHECK_CAP = timedelta(seconds=30), timedelta(minutes=15)
"""When to ask the provider whether it accepts the credentials again: doubling in between."""


def holding(rows: Sequence[Delivery]) -> dict[int, str]:
    """Those of the rows that may not be sent, each with the reason.

    A test may: it is how a person finds out whether the new settings work.
    """
    halts = {
        (halt.project_id, halt.plugin): halt.reason
        for halt in Halt.objects.filter(project__in={row.project_id for row in rows})
    }
    if not halts:
        return {}
    ids = [row.pk for row in rows if (row.project_id, row.plugin) in halts]
    tests = set(
        Delivery.objects.filter(pk__in=ids, notification__reason="test").values_list(
            "pk", flat=True
        )
    )
    return {
        row.pk: halts[row.project_id, row.plugin]
        for row in rows
        if row.pk in ids and row.pk not in tests
    }


def begin(row: Delivery, refused: Refused, now: datetime) -> None:
    """The provider does not accept the credentials that `row` was sent with."""
    _, new = Halt.objects.get_or_create(
        project_id=row.project_id,
        plugin=row.plugin,
        defaults={
            "code": refused.code,
            "reason": refused.reason,
            "since": now,
            "check_at": now + CHECK_FIRST,
        },
    )
    if new:
        notices.tell_once(
            row.project,
            "No text messages are being sent",
            f"{refused.reason} Nothing more is sent for this project until that is mended; "
            "alerts wait and leave in one digest afterwards. Mend the settings, or the account; "
            "it is looked after every few minutes whether that was done.",
            QUIET,
        )


def lift(project_id: int, plugin: str) -> bool:
    """Send again: the settings were changed, or a message was accepted. False: there was none.

    What waits leaves in a digest. Where the credentials are still wrong, its refusal halts the
    project once more.
    """
    with writing():
        gone, _ = Halt.objects.filter(project=project_id, plugin=plugin).delete()
    engine.wake()
    return bool(gone)


def lift_accepted(rows: Iterable[Delivery]) -> None:
    """A message was accepted, so the credentials are."""
    projects = {(row.project_id, row.plugin) for row in rows}
    for halt in Halt.objects.filter(project__in={project for project, _ in projects}):
        if (halt.project_id, halt.plugin) in projects:
            halt.delete()


def check_again() -> None:
    """Ask the providers about the halts whose turn it is, and lift those that are over."""
    now = timezone.now()
    with writing():
        due = list(Halt.objects.select_for_update(skip_locked=True).filter(check_at__lte=now))
        for halt in due:
            halt.checks += 1
            halt.check_at = now + min(CHECK_CAP, CHECK_FIRST * 2 ** min(halt.checks, 10))
            halt.save(update_fields=["checks", "check_at"])
    if not due:
        return
    senders = Senders()
    try:
        routes = senders.routes((halt.project_id, halt.plugin) for halt in due)
        for halt in due:
            line = routes[halt.project_id, halt.plugin].line
            if isinstance(line, Line):
                _check(halt, line)
    finally:
        senders.close()


def _check(halt: Halt, line: Line) -> None:
    try:
        trouble = line.sender.check()
    except ApiError:
        return  # it cannot be asked now, or does not say
    if trouble is None:
        if lift(halt.project_id, halt.plugin):
            with writing():
                notices.tell_once(
                    halt.project,
                    "Text messages are sent again",
                    "The provider accepts the credentials. What waited leaves in a digest.",
                    QUIET,
                )
    elif (trouble.code, trouble.reason) != (halt.code, halt.reason):
        with writing():
            Halt.objects.filter(pk=halt.pk).update(code=trouble.code, reason=trouble.reason)
