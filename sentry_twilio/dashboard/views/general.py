"""A project's name and limit, its log, and its end."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from sentry_twilio.dashboard.forms.projects import DeleteForm, ProjectForm
from sentry_twilio.dashboard.guard import ProjectRequest, for_admins
from sentry_twilio.projects.access import record
from sentry_twilio.projects.models import Project
from sentry_twilio.projects.transactions import writing

PAGE = 50


@require_http_methods(["GET", "POST"])
@for_admins
def settings(request: ProjectRequest) -> HttpResponse:
    # A row of its own: a name that the form refuses must not stand in the page's title.
    form = ProjectForm(request.POST or None, instance=Project.objects.get(pk=request.project.pk))
    if form.is_valid():
        with writing():
            form.save()
            record(request.user, "Changed the project's name or limit", request.project)
        messages.success(request, "Saved.")
        return redirect("project-settings", slug=request.project.slug)
    return render(request, "dashboard/settings.html", {"form": form})


@require_http_methods(["GET", "POST"])
@for_admins
def delete(request: ProjectRequest) -> HttpResponse:
    form = DeleteForm(request.project, request.POST or None)
    if form.is_valid():
        name = request.project.name
        with writing():
            request.project.delete()
            record(request.user, f"Deleted the project {name}")
        messages.success(request, f"{name} and everything that belonged to it is deleted.")
        return redirect("project-list")
    return render(request, "dashboard/project_delete.html", {"form": form})


@require_safe
@for_admins
def log(request: ProjectRequest) -> HttpResponse:
    """Who changed what."""
    page = Paginator(request.project.audit_entries.all(), PAGE).get_page(request.GET.get("page"))
    return render(request, "dashboard/log.html", {"page": page})
