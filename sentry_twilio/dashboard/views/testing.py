"""Trying a plugin out with a test message."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from sentry_twilio.core import PluginError
from sentry_twilio.dashboard.guard import ProjectRequest, for_admins
from sentry_twilio.dashboard.limits import take_test
from sentry_twilio.dashboard.shown import show_all
from sentry_twilio.dashboard.views.plugins import find
from sentry_twilio.dashboard.words import after_test
from sentry_twilio.delivery import outbox
from sentry_twilio.projects.access import record


@require_POST
@for_admins
def send(request: ProjectRequest, plugin_slug: str) -> HttpResponse:
    """Send to the saved recipients, and to nobody else."""
    project, plugin = request.project, find(plugin_slug)
    if too_many := take_test(project, "test"):
        messages.error(request, f"No test message was sent: {too_many}")
        return redirect("plugin", slug=project.slug, plugin_slug=plugin.slug)
    try:
        notification_id = outbox.send_test(project, plugin)
    except PluginError as exc:
        messages.error(request, f"No test message was sent. {exc}")
        return redirect("plugin", slug=project.slug, plugin_slug=plugin.slug)
    record(request.user, f"Sent a test message through {plugin.title}", project)
    return redirect(
        "plugin-test-result",
        slug=project.slug,
        plugin_slug=plugin.slug,
        notification_id=notification_id,
    )


@require_safe
@for_admins
def result(request: ProjectRequest, plugin_slug: str, notification_id: int) -> HttpResponse:
    """How the test goes, recipient by recipient; with `?part` only what changes."""
    plugin = find(plugin_slug)
    notification = get_object_or_404(
        request.project.notifications, pk=notification_id, plugin=plugin.slug, reason="test"
    )
    rows = list(notification.deliveries.order_by("id"))
    context = {
        "plugin": plugin,
        "notification": notification,
        "deliveries": show_all(rows, in_full=True),
        "body": rows[0].body if rows else "",
        "after_test": after_test(),
        "is_over": all(row.due_at is None for row in rows),
    }
    template = "_test_result.html" if "part" in request.GET else "test_result.html"
    return render(request, f"dashboard/{template}", context)
