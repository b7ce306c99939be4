"""What one alert of a source causes: an issue, and a text or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from sentry_twilio.core import Alert, Project
from sentry_twilio.core.options import installed
from sentry_twilio.core.storable import clean_text
from sentry_twilio.delivery import outbox
from sentry_twilio.delivery.policy import CONF_KEY, Policy
from sentry_twilio.projects.models import Project as OurProject
from sentry_twilio.projects.quota import Quota
from sentry_twilio.sources import changes, ending, links, mapping, recipients, routing
from sentry_twilio.sources.changes import Report
from sentry_twilio.sources.hook import Reported, as_reported
from sentry_twilio.sources.kinds import KINDS, has_token
from sentry_twilio.sources.models import ForeignIssue, Source
from sentry_twilio.tracker import reported
from sentry_twilio.tracker.models import Issue
from sentry_twilio.tracker.shape import Data, text

HOUR = 3600
TOLD = "Told."
MUTED = "The issue is muted, so nobody was told."
NOBODY = "No plugin of the project is set up and on, so nobody was told."
LATE = "It happened too long ago to be of use, so nobody was told."
SHOWN = frozenset({MUTED, LATE, ending.OVER})
"""Why a text that would have been sent was not: it is kept with the reason, for who wonders."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an alert, in a sentence. `waits`: its project has to be mapped first."""

    said: str
    waits: bool = False
    issue: Issue | None = None


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
    of_issue = ForeignIssue.objects.select_related("source").filter(issue=issue)
    known = of_issue.first() if issue else None
    known = known or ForeignIssue(source=source, foreign_id=foreign_id)
    routed = routing.resolve(project, dict(alert.settings))
    stored = installed().all(project)
    report = Report(source, project, alert, at, received_at, known, issue)
    done = changes.apply(report, recipients.of(stored, routed.overrides))
    _remember(known, source, done.issue, alert)
    why_not = done.why_not or (MUTED if done.is_muted else "")
    if now - at > timedelta(seconds=Policy.read(stored.get(CONF_KEY, {})).useful_seconds):
        why_not = why_not or LATE
    if why_not and why_not not in SHOWN:
        return Outcome(why_not, issue=done.issue)
    overrides = recipients.without(stored, routed.overrides, done.heard)
    alert = replace(alert, reason=done.reason)
    told = _tell(project, done.issue, alert, why_not, overrides, at)
    return replace(told, said=f"{TOLD} {routed.stand_ins}".strip()) if told.said == TOLD else told


def _tell(
    project: OurProject,
    issue: Issue,
    alert: Reported,
    why_not: str,
    overrides: recipients.Options,
    at: datetime,
) -> Outcome:
    """Write the texts; where there is a reason why not, as suppressed ones."""
    told = replace(
        alert,
        group=issue.group,
        url=alert.url or issue.url,
        times_seen=issue.times_seen,
        first_seen=issue.first_seen,
    )
    made = outbox.enqueue(project, told.plain(), why_not, overrides, at)
    return Outcome(why_not or (TOLD if made else NOBODY), issue=issue)


def _remember(known: ForeignIssue, source: Source, issue: Issue, alert: Reported) -> None:
    known.issue = issue
    # A source that can act on the issue is not given up for one that only tells of it.
    if has_token(source.kind) or not has_token(known.source.kind):
        known.source = source
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
