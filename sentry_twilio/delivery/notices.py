"""Telling people that something is wrong with the sending itself."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.utils import timezone

from sentry_twilio.delivery import fallback, links
from sentry_twilio.delivery.models import FallbackMessage
from sentry_twilio.projects.models import Project


def tell(project: Project, subject: str, body: str, plugin: str = "") -> None:
    """Write a notice to the project's fallback, as part of the caller's transaction. About a
    plugin, by its slug, it leads to the plugin's settings.

    `body` says what happened, what it means and what to do next. Each call is a message of its
    own, so whoever calls remembers that it did. Nothing where the project has no fallback.
    """
    if plugin:
        body += f"\n\n{links.plugin_url(project, plugin)}"
    fallback.write(project, FallbackMessage.Kind.NOTICE, _full(project, subject), body, plugin)


def last_of(project: Project, subjects: Collection[str]) -> str:
    """Which of these was told of the project last; "" for none."""
    full = {_full(project, subject): subject for subject in subjects}
    told = FallbackMessage.objects.filter(
        project=project, kind=FallbackMessage.Kind.NOTICE, subject__in=full
    )
    return full.get(told.order_by("-pk").values_list("subject", flat=True).first() or "", "")


def tell_once(
    project: Project, subject: str, body: str, within: timedelta, plugin: str = ""
) -> None:
    """As `tell`, unless the same was told of the project within that time."""
    told = FallbackMessage.objects.filter(
        project=project,
        kind=FallbackMessage.Kind.NOTICE,
        subject=_full(project, subject),
        created_at__gt=timezone.now() - within,
    )
    if not told.exists():
        tell(project, subject, body, plugin)


def _full(project: Project, subject: str) -> str:
    return fallback.one_line(f"[{project.name}] {subject}")
