"""The buttons beside what keeps messages from people: try it again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from sentry_twilio.dashboard.guard import ProjectRequest, for_admins
from sentry_twilio.dashboard.people import opt_outs
from sentry_twilio.dashboard.views.plugins import find
from sentry_twilio.delivery import halts, optouts
from sentry_twilio.projects.access import record
from sentry_twilio.projects.transactions import writing


@require_POST
@for_admins
def retry_opt_out(request: ProjectRequest, plugin_slug: str, opt_out_id: int) -> HttpResponse:
    """Have the next alert tried with a recipient who opted out."""
    project, plugin = request.project, find(plugin_slug)
    of_project = opt_outs(project, plugin, plugin.get_options(project))
    row = get_object_or_404(of_project, pk=opt_out_id)
    with writing():
        optouts.retry_now(row)
        record(request.user, f"Asked to try {row.recipient} again, who opted out", project)
    messages.success(request, f"The next alert is tried with {row.recipient} again.")
    return redirect("plugin", slug=project.slug, plugin_slug=plugin.slug)


@require_POST
@for_admins
def lift_halt(request: ProjectRequest, plugin_slug: str) -> HttpResponse:
    """Send again, without waiting until the provider is asked the next time."""
    project, plugin = request.project, find(plugin_slug)
    lifted = halts.lift(project.pk, plugin.slug)
    if lifted:
        with writing():
            record(request.user, f"Had {plugin.title} try to send again", project)
    messages.success(
        request,
        "It is tried with what waits. Should it be refused again, the notice comes back."
        if lifted
        else f"Nothing keeps {plugin.title} from sending any more.",
    )
    return redirect("plugin", slug=project.slug, plugin_slug=plugin.slug)
