"""Our issue follows the tracker's: resolved with it, and muted for as long as it is archived.

A mute that a person made here is that person's, and no tracker ends it.
"""

from __future__ import annotations

from typing import Any

from sentry_twilio.sources.models import ForeignIssue
from sentry_twilio.tracker import lifecycle
from sentry_twilio.tracker.lifecycle import Actor
from sentry_twilio.tracker.models import Issue


def end(known: ForeignIssue, issue: Issue, by: Actor = None) -> None:
    """Do to `issue` what `known` (unsaved) says of the tracker's: it is resolved or archived."""
    if known.state == ForeignIssue.State.RESOLVED:
        lifecycle.resolve(issue, by)
        known.muted_here = False
    elif issue.status != Issue.Status.MUTED:
        lifecycle.mute(issue, by)
        known.muted_here = True


def reopen(known: ForeignIssue, issue: Issue) -> None:
    """It is open there again: what was muted only because it was archived is not any more."""
    if known.muted_here:
        lifecycle.unmute(issue, None)
        known.muted_here = False


def give_up_mute(issue: Issue, **_: Any) -> None:
    """Somebody decided about the issue: a mute is theirs from now on, unless this room, which
    saves `known` afterwards, made it. Takes what a signal brings."""
    ForeignIssue.objects.filter(issue=issue, muted_here=True).update(muted_here=False)
