"""Projects and deliveries for the measurements of the outbox."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.peers import SENDER, SID, TOKEN

if TYPE_CHECKING:
    from sentry_twilio.projects.models import Project

AT_ONCE = 50
"""Recipients of one alert."""
_slugs = itertools.count()


def project_for(numbers: Sequence[str]) -> Project:
    """A project that tells these numbers."""
    from sentry_twilio.core.options import installed
    from sentry_twilio.projects.models import Project

    project = Project.objects.create(name="Shop", slug=f"filled-{next(_slugs)}")
    options = {"account_sid": SID, "auth_token": TOKEN, "sms_from": SENDER}
    installed().set(project, "twilio", {**options, "sms_to": ",".join(numbers)})
    return project


def tell(project: Project, title: str) -> None:
    """One alert for the project's recipients."""
    from sentry_twilio.core import Alert
    from sentry_twilio.core.alert import Project as AlertProject
    from sentry_twilio.delivery.outbox import enqueue

    enqueue(project, Alert(project=AlertProject.of(project), group="issue:1", title=title))


def fill(numbers: Sequence[str], title: str) -> None:
    """An alert for all the numbers, through as many projects as it takes."""
    from sentry_twilio.projects.transactions import writing

    with writing():
        for start in range(0, len(numbers), AT_ONCE):
            tell(project_for(numbers[start : start + AT_ONCE]), title)
