"""Our issue follows the tracker's: resolved with it, and muted for as long as it is archived.

A mute that a person made here is that person's: no tracker ends it, neither by resolving the
issue nor by opening it again. Else a monitor that flaps could not be muted.
"""

from __future__ import annotations

from typing import Any

from sentry_twilio.sources.models import ForeignIssue
from sentry_twilio.tracker import lifecycle
from sentry_twilio.tracker.lifecycle import Actor
from sentry_twilio.tracker.models import Issue


def end(known: ForeignIssue, issue: Issue, by: Actor = None) -> None:
    """Resolve or mute our issue, as the tracker's was resolved or archived. `by` is who did that
    from here, None where the tracker reports it.

    Both functions change `known`, and leave it to the caller to save it.
    """
    is_somebodys_mute = issue.status == Issue.Status.MUTED and not known.muted_here
    if is_somebodys_mute and by is None:
        return
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
    """Somebody changed the issue: from now on a mute is that person's. Takes what a signal brings.

    It is sent for the changes of `end` and `reopen`, too. Theirs stay known: whoever calls them
    saves `known` afterwards.
    """
    ForeignIssue.objects.filter(issue=issue, muted_here=True).update(muted_here=False)
