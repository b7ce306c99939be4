"""The issues of a project."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sentry_twilio.core import plugins
from sentry_twilio.dashboard.guard import ProjectRequest, for_members
from sentry_twilio.tracker.models import Issue

PAGE = 50
ALL = "all"


@require_safe
@for_members
def issue_list(request: ProjectRequest) -> HttpResponse:
    status = request.GET.get("status", "")
    if status != ALL and status not in Issue.Status.values:
        status = Issue.Status.UNRESOLVED
    words = request.GET.get("q", "").strip()
    issues = request.project.issues.order_by("-last_seen", "-id")
    if status != ALL:
        issues = issues.filter(status=status)
    if words:
        issues = issues.filter(title__icontains=words)
    page = Paginator(issues, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "status": status,
        "statuses": [*Issue.Status.choices, (ALL, "All")],
        "q": words,
        "is_new": not page and not request.project.issues.exists(),
        "nobody_is_told": not plugins.for_project(request.project),
    }
    return render(request, "dashboard/issue_list.html", context)
