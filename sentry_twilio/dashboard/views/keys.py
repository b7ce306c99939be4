"""The keys with which applications report to a project."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from sentry_twilio.dashboard.forms.projects import KeyForm
from sentry_twilio.dashboard.guard import ProjectRequest, for_admins
from sentry_twilio.projects.access import record
from sentry_twilio.projects.dsn import dsn
from sentry_twilio.projects.models import ProjectKey
from sentry_twilio.projects.transactions import writing


@require_safe
@for_admins
def key_list(request: ProjectRequest) -> HttpResponse:
    keys = [(key, dsn(key)) for key in request.project.keys.all()]
    return render(request, "dashboard/key_list.html", {"keys": keys})


@require_http_methods(["GET", "POST"])
@for_admins
def new(request: ProjectRequest) -> HttpResponse:
    return _edit(request, ProjectKey(project=request.project, label=""))


@require_http_methods(["GET", "POST"])
@for_admins
def edit(request: ProjectRequest, key_id: int) -> HttpResponse:
    return _edit(request, get_object_or_404(request.project.keys, pk=key_id))


def _edit(request: ProjectRequest, key: ProjectKey) -> HttpResponse:
    is_new = key.pk is None
    form = KeyForm(request.POST or None, instance=key)
    if form.is_valid():
        with writing():
            form.save()
            state = "" if key.is_active else " (switched off)"
            verb = "Made" if is_new else "Changed"
            record(request.user, f"{verb} the key {key.label}{state}", request.project)
        messages.success(request, "Saved. It may take a few seconds until the change is in effect.")
        return redirect("key-list", slug=request.project.slug)
    return render(request, "dashboard/key.html", {"form": form, "is_new": is_new})
