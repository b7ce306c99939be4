"""Following one exception's text message until it has arrived."""

from __future__ import annotations

import time
from collections.abc import Callable

from sentry_twilio.delivery.models import Delivery, Halt
from sentry_twilio.delivery.states import FINAL, State
from sentry_twilio.demo.processes import Failed
from sentry_twilio.projects.models import Project

_WHY_NOTHING = (
    "No message was made of the exception. Is a rule of the project active, and did the event "
    "arrive? The dashboard shows both."
)


def last_delivery(project: Project) -> int:
    """The id of the project's newest delivery; 0 where there is none."""
    newest = Delivery.objects.filter(project=project).order_by("-pk").first()
    return newest.pk if newest else 0


def follow(
    project: Project,
    after: int,
    deadline: float,
    check: Callable[[], None],
    say: Callable[[str], None],
) -> Delivery:
    """Say each new state of the deliveries made after `after`; return the delivered one.

    Raises `Failed` with the reason where all are final and none was delivered, or where
    `deadline` (of `time.monotonic()`) passes.
    """
    seen: dict[int, str] = {}
    while time.monotonic() < deadline:
        check()
        rows = list(Delivery.objects.filter(project=project, pk__gt=after).order_by("pk"))
        for row in rows:
            if seen.get(row.pk) != row.state:
                seen[row.pk] = row.state
                say(f"  {row.recipient}: {row.get_state_display()}{_because(row)}")
            if row.state == State.DELIVERED:
                return row
        # Until somebody mends the credentials, nothing more happens.
        if rows and (
            all(row.state in FINAL for row in rows) or Halt.objects.filter(project=project).exists()
        ):
            raise Failed(f"The message was not delivered{_because(rows[0])}")
        time.sleep(0.05)
    if not seen:
        raise Failed(_WHY_NOTHING)
    states = ", ".join(sorted({State(state).label for state in seen.values()}))
    raise Failed(f"The message was not delivered in time; its state is: {states}.")


def _because(row: Delivery) -> str:
    code = f" (Twilio error {row.code})" if row.code else ""
    return f": {row.reason}{code}" if row.reason else ""
