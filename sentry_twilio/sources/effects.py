"""What one alert of a source causes: an issue, and a text or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from sentry_twilio.core import Alert, Project
from sentry_twilio.delivery import outbox
from sentry_twilio.projects.models import Project as OurProject
from sentry_twilio.projects.quota import Quota
from sentry_twilio.sources import links, mapping, routing, telling
from sentry_twilio.sources.hook import Reported, as_reported
from sentry_twilio.sources.kinds import KINDS
from sentry_twilio.sources.models import ForeignIssue, Source
from sentry_twilio.tracker import lifecycle, reported
from sentry_twilio.tracker.models import Issue
from sentry_twilio.tracker.payload import clean_text
from sentry_twilio.tracker.shape import Data, text

HOUR = 3600
TOLD = "Told."
MUTED = "The issue is muted, so nobody was told."
NOBODY = "No plugin of the project is set up and on, so nobody was told."
LATE = "It happened too long ago to be of use, so nobody was told."
SHOWN = frozenset({MUTED, LATE})
"""Why a text that would have been sent was not: it is kept with the reason, for who wonders."""
NOT_WANTED = "It is over. The source's settings say that nobody is told of that."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an alert, in a sentence. `waits`: its project has to be mapped first."""

    said: str
    waits: bool = False


def apply(source: Source, alert: Alert, received_at: datetime) -> Outcome:
    """Do all that the alert causes. Call it inside `writing()`."""
    found = as_reported(alert)
    if found.reason == "test":
        return _test(source)
    place = mapping.find(source, found.project, received_at)
    if isinstance(place, mapping.Nowhere):
        return Outcome(place.why, waits=place.waits)
    found = replace(
        found,
        project=Project.of(place),
        group=f"{source.origin} {found.group}",
        url=links.kept(found.url, source.base_url),
    )
    return _report(source, place, found, clean_text(alert.group), received_at)


def leave_alone(source: Source, resource: str, data: Data) -> str:
    """Count a call that is no alert by its name; the names are the first few dozen."""
    action = clean_text(text(data.get("action"), 40))
    name = ".".join(filter(None, (resource, action))) or "other"
    counts = dict(Source.objects.values_list("left_alone", flat=True).get(pk=source.pk))
    if name in counts or len(counts) < 40:
        counts[name] = counts.get(name, 0) + 1
        Source.objects.filter(pk=source.pk).update(left_alone=counts)
    return f"{name} is no alert; there was nothing to do."


def _report(
    source: Source, project: OurProject, alert: Reported, foreign_id: str, received_at: datetime
) -> Outcome:
    now = timezone.now()
    happened = alert.occurred_at if KINDS[source.kind].may_be_late else None
    # A clock that is ahead of ours must not make an alert young for ever.
    at = min(happened or received_at, received_at)
    issue = reported.find(project, alert)
    known = ForeignIssue.objects.filter(issue=issue).first() if issue else None
    known = known or ForeignIssue(source=source, foreign_id=foreign_id)
    if known.state == ForeignIssue.State.ARCHIVED and issue and alert.change in OPENING:
        # It was muted because it was archived there, which is over.
        lifecycle.unmute(issue, None)
    if alert.change == "opened" and not (alert.is_asked_for or source.tells_unasked):
        why_not = telling.open_untold(known)
    else:
        why_not = telling.note(known, alert, at)
    if alert.change in OPENING:
        taken = reported.take(project, alert, now)
        issue = taken.issue
        reason = alert.reason if alert.knows_reason else taken.change or "frequent"
        why_not = why_not or ("" if taken.is_told else MUTED)
    else:
        issue, reason = issue or reported.take(project, alert, now).issue, alert.reason
        why_not = why_not or _why_not_over(source, alert, issue)
        _ENDINGS[alert.change](issue)
    _remember(known, source, issue, alert)
    if now - at > timedelta(seconds=settings.USEFUL_SECONDS):
        why_not = why_not or LATE
    if why_not and why_not not in SHOWN:
        return Outcome(why_not)
    return _tell(project, issue, replace(alert, reason=reason), why_not)


def _tell(project: OurProject, issue: Issue, alert: Reported, why_not: str) -> Outcome:
    """Write the texts; where there is a reason why not, as suppressed ones."""
    page = f"{settings.PUBLIC_URL}/projects/{project.slug}/issues/{issue.pk}/"
    told = replace(
        alert,
        group=issue.group,
        url=alert.url or page,
        times_seen=issue.times_seen,
        first_seen=issue.first_seen,
    )
    routed = routing.resolve(project, dict(alert.settings))
    made = outbox.enqueue(project, told.plain(), why_not, routed.overrides)
    if why_not or not made:
        return Outcome(why_not or NOBODY)
    if routed.problem:
        return Outcome(f"{TOLD} {routed.problem} The usual recipients were told.")
    return Outcome(TOLD)


OPENING = frozenset({"fired", "opened"})
_ENDINGS = {
    "resolved": lambda issue: lifecycle.resolve(issue, None),
    "archived": lambda issue: lifecycle.mute(issue, None),
}


def _why_not_over(source: Source, alert: Reported, issue: Issue) -> str:
    wanted = {
        Source.Over.NEVER: False,
        Source.Over.WATCHED: alert.is_watched,
        Source.Over.ALWAYS: True,
    }
    if not wanted[Source.Over(source.tells_over)]:
        return NOT_WANTED
    return MUTED if issue.status == Issue.Status.MUTED else ""


def _remember(known: ForeignIssue, source: Source, issue: Issue, alert: Reported) -> None:
    known.issue, known.source = issue, source
    known.url = alert.url or known.url
    known.organization = alert.organization or known.organization
    known.save()


def _test(source: Source) -> Outcome:
    """A test of the tracker's is answered by a test text, as from the button, and by no issue."""
    if Quota(settings.TEST_MESSAGES_PER_HOUR, HOUR).take(f"test:{source.project_id}"):
        return Outcome("Too many test messages this hour, so this one was not sent.")
    title = KINDS[source.kind].title
    test = Alert(
        project=Project.of(source.project),
        group="test",
        title=f"This is a test message from {title}. Alerts will look like this.",
        level="info",
        reason="test",
        source=source.kind,
    )
    return Outcome("A test message." if outbox.enqueue(source.project, test) else NOBODY)
