"""Named recipients and senders, for rules of other trackers to choose from."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from sentry_twilio.dashboard.forms.groups import GroupForm
from sentry_twilio.dashboard.guard import ProjectRequest, for_admins
from sentry_twilio.projects.access import record
from sentry_twilio.projects.transactions import writing
from sentry_twilio.sources import groups
from sentry_twilio.sources.groups import What


@sensitive_post_parameters("value")
@require_http_methods(["GET", "POST"])
@for_admins
def group_list(request: ProjectRequest) -> HttpResponse:
    form = GroupForm(request.project, request.POST or None)
    if form.is_valid():
        entered: dict[str, Any] = form.cleaned_data
        with writing():
            what = cast("What", entered["what"])
            groups.store(request.project, what, entered["name"], entered["value"])
            record(request.user, f"Changed the group {entered['name']}", request.project)
        messages.success(request, f"“{entered['name']}” can be chosen now.")
        return redirect("group-list", slug=request.project.slug)
    found = {what: sorted(groups.read(request.project, what).items()) for what in groups.WHATS}
    return render(request, "dashboard/group_list.html", {"form": form, "groups": found})


@require_POST
@for_admins
def remove(request: ProjectRequest) -> HttpResponse:
    what, name = request.POST.get("what", ""), request.POST.get("name", "")
    if what in groups.WHATS and name in groups.read(request.project, what):
        with writing():
            groups.remove(request.project, what, name)
            record(request.user, f"Removed the group {name}", request.project)
        messages.success(
            request,
            f"“{name}” is removed. Rules that still name it text the project's usual recipients.",
        )
    return redirect("group-list", slug=request.project.slug)
