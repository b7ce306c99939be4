"""From a new project to its first event."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sentry_twilio.core import plugins
from sentry_twilio.dashboard.guard import ProjectRequest, for_admins
from sentry_twilio.delivery import fallback, policy
from sentry_twilio.projects.dsn import dsn, snippets
from sentry_twilio.projects.models import Project


@require_safe
@for_admins
def start(request: ProjectRequest) -> HttpResponse:
    project = request.project
    key = project.keys.filter(is_active=True).first()
    context = {
        "dsn": dsn(key) if key else "",
        "snippets": snippets(key) if key else {},
        "has_fallback": policy.of(project).has_fallback,
        "trial": fallback.last_trial(project),
        "plugins": plugins.all(),
        **_first_issue(project),
    }
    return render(request, "dashboard/start.html", context)


@require_safe
@for_admins
def first_event(request: ProjectRequest) -> HttpResponse:
    """The part of the page that changes once the first event is there."""
    return render(request, "dashboard/_first_event.html", _first_issue(request.project))


def _first_issue(project: Project) -> dict[str, Any]:
    return {
        "issue": project.issues.order_by("id").first(),
        "was_told": project.notifications.exclude(reason="test").exists(),
        "has_plugin": bool(plugins.for_project(project)),
    }
