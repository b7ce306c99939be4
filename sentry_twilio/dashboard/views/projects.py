"""The list of projects, and making one."""

from __future__ import annotations

from django.db.models import Count, Exists, Max, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from sentry_twilio.dashboard.forms.projects import NewProjectForm
from sentry_twilio.dashboard.guard import UserRequest
from sentry_twilio.delivery.models import Halt
from sentry_twilio.projects.access import visible_to
from sentry_twilio.projects.creation import create_project
from sentry_twilio.tracker.models import Issue

_OPEN = Q(issues__status=Issue.Status.UNRESOLVED)


@require_safe
def project_list(request: UserRequest) -> HttpResponse:
    projects = visible_to(request.user).annotate(
        unresolved=Count("issues", filter=_OPEN),
        last_seen=Max("issues__last_seen"),
        is_halted=Exists(Halt.objects.filter(project=OuterRef("pk"))),
    )
    return render(request, "dashboard/project_list.html", {"projects": projects})


@require_http_methods(["GET", "POST"])
def new(request: UserRequest) -> HttpResponse:
    form = NewProjectForm(request.POST or None)
    if form.is_valid():
        project = create_project(form.cleaned_data["name"], request.user)
        return redirect("project-start", slug=project.slug)
    return render(request, "dashboard/project_new.html", {"form": form})
