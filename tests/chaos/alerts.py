"""What is broken in a round: a project, its recipients, and the alerts that come."""

from __future__ import annotations

import hashlib
import random
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sentry_twilio.projects.models import Project

TWIN_SHARE, WORST_SHARE = 0.1, 0.1


def recipients(count: int) -> list[str]:
    return [f"+1415555{100 + n:04}" for n in range(count)]


def prepare(count: int) -> Project:
    """A migrated database with a project that texts so many recipients."""
    from django.core.management import call_command

    from sentry_twilio.core import options, plugins
    from sentry_twilio.emulator.accounts import DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN
    from sentry_twilio.projects.models import Project

    call_command("migrate", verbosity=0)
    project = Project.objects.create(name="Shop", slug="shop")
    plugin = plugins.get("twilio")
    values, errors = plugin.clean(
        {
            "account_sid": DEFAULT_ACCOUNT_SID,
            "auth_token": DEFAULT_AUTH_TOKEN,
            "sms_from": "+15005550006",
            "sms_to": ",".join(recipients(count)),
        }
    )
    assert not errors, errors
    options.installed().set(project, plugin.conf_key, values)
    return project


def report(project: Project, count: int, spread: float, seed: int) -> None:
    """Have the alerts come, over `spread` seconds; some say what an earlier one said already."""
    from sentry_twilio.core import Alert
    from sentry_twilio.core.alert import Project as AlertProject
    from sentry_twilio.delivery.outbox import enqueue

    chance = random.Random(seed)
    began = time.monotonic()
    titles: list[str] = []
    for number in range(count):
        if titles and chance.random() < TWIN_SHARE:
            title = chance.choice(titles[-20:])
        else:
            title = f"Card {number} declined"
            titles.append(title)
        enqueue(
            project,
            Alert(
                project=AlertProject.of(project),
                group=_issue(project, title),
                title=title,
                level="fatal" if chance.random() < WORST_SHARE else "error",
            ),
        )
        time.sleep(max(0.0, began + spread * (number + 1) / count - time.monotonic()))


def _issue(project: Project, title: str) -> str:
    """The group of a real one: of an issue that nobody knows, no digest would tell."""
    from sentry_twilio.projects.transactions import writing
    from sentry_twilio.tracker.models import Issue

    fingerprint = hashlib.sha256(title.encode()).hexdigest()
    with writing():
        issue, _ = Issue.objects.get_or_create(
            project=project, fingerprint=fingerprint, defaults={"title": title}
        )
    return issue.group
