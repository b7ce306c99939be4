"""A text message a week that says that text messages work."""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from sentry_twilio.core import Alert
from sentry_twilio.core.alert import Project as AlertProject
from sentry_twilio.core.options import installed
from sentry_twilio.core.words import counted
from sentry_twilio.delivery import outbox, policy
from sentry_twilio.delivery.models import Notification
from sentry_twilio.delivery.policy import WEEK
from sentry_twilio.delivery.watch import SIGN_OF_LIFE
from sentry_twilio.projects.models import Project
from sentry_twilio.projects.transactions import writing

logger = logging.getLogger(__name__)


def send_due() -> None:
    """Write the sign of life of each project whose week is over."""
    asked = Project.objects.filter(
        plugin_options__conf_key=policy.CONF_KEY, plugin_options__name=policy.WEEKLY_AT
    )
    for project in asked:
        try:
            if _is_due(project, now := timezone.now()):
                _send(project, _sign(project, now))
        except Exception:
            # The other projects' recipients may not wait for this one's trouble.
            logger.exception("The sign of life of project %s was not written.", project.pk)


def _is_due(project: Project, now: datetime) -> bool:
    due = policy.weekly_at(project)
    # More than a week ahead: the clock was set back since.
    return due is not None and (due <= now or due > now + WEEK)


def _send(project: Project, sign: Alert) -> None:
    # One at a time, or two processes would both find it due. The message and the next week's
    # date are committed together.
    with writing(one_at_a_time=f"delivery: weekly {project.pk}"):
        now = timezone.now()
        due = policy.weekly_at(project)
        if due is None or not _is_due(project, now):
            return
        installed().set(project, policy.CONF_KEY, {policy.WEEKLY_AT: (now + WEEK).isoformat()})
        if due <= now:
            outbox.enqueue(project, sign)


def _sign(project: Project, now: datetime) -> Alert:
    alerts = _alerts_since(project, now - WEEK)
    number = counted(alerts, "alert") if alerts else "No alerts"
    return Alert(
        project=AlertProject.of(project),
        group=SIGN_OF_LIFE,
        title=f"Text messages work. {number} in the last 7 days.",
        level="info",
        reason="test",
        url=settings.PUBLIC_URL + reverse("issue-list", args=[project.slug]),
        source="weekly",
    )


def _alerts_since(project: Project, since: datetime) -> int:
    """Each plugin has a notification of its own about an alert, so the most of any counts."""
    rows = Notification.objects.filter(project=project, created_at__gt=since)
    alerts = rows.exclude(reason__in=("test", "digest")).values("plugin")
    return max((row["times"] for row in alerts.annotate(times=Count("pk"))), default=0)
