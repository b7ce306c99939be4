"""Resolving and archiving an issue where it comes from."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from sentry_twilio.core import PluginError
from sentry_twilio.dashboard.guard import ProjectRequest, for_members
from sentry_twilio.projects.access import record
from sentry_twilio.sources import upstream
from sentry_twilio.sources.models import ForeignIssue
from sentry_twilio.sources.upstream import Action

SAID: dict[Action, str] = {
    "resolve": "Resolved, here and in Sentry.",
    "archive": "Archived in Sentry, and muted here.",
}


@require_POST
@for_members
def change(request: ProjectRequest, issue_id: int) -> HttpResponse:
    """Do it there first: what fails there must not look done here."""
    row = get_object_or_404(request.project.issues, pk=issue_id)
    action = request.POST.get("action", "")
    if action not in upstream.CHANGES:
        return HttpResponseBadRequest("There is no such action.")
    known = ForeignIssue.objects.select_related("source__project").filter(issue=row).first()
    if known is None:
        messages.error(request, "This issue does not come from Sentry.")
        return redirect("issue", slug=request.project.slug, issue_id=row.pk)
    try:
        upstream.act(known, action, request.user)
    except PluginError as exc:
        messages.error(request, str(exc))
    else:
        record(request.user, f"{action.title()}d in Sentry: {row.title}"[:200], request.project)
        messages.success(request, SAID[action])
    return redirect("issue", slug=request.project.slug, issue_id=row.pk)
