"""What was sent, and what became of it."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from sentry_twilio.dashboard.guard import ProjectRequest, for_members
from sentry_twilio.dashboard.shown import show, show_all, steps
from sentry_twilio.delivery.states import State
from sentry_twilio.tracker.models import Issue

PAGE = 50


@require_safe
@for_members
def delivery_list(request: ProjectRequest) -> HttpResponse:
    rows = request.project.deliveries.select_related("notification").order_by("-id")
    state = request.GET.get("state", "")
    if state in State.values:
        rows = rows.filter(state=state)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "deliveries": show_all(page, request.is_project_admin),
        "state": state,
        "states": State.choices,
    }
    return render(request, "dashboard/delivery_list.html", context)


@require_safe
@for_members
def delivery(request: ProjectRequest, delivery_id: int) -> HttpResponse:
    rows = request.project.deliveries.select_related("notification").prefetch_related("attempts")
    row = get_object_or_404(rows, pk=delivery_id)
    context = {
        "delivery": show(row, request.is_project_admin),
        "steps": steps(row, request.is_project_admin),
        "issue": _issue(request, row.notification.group),
    }
    return render(request, "dashboard/delivery.html", context)


def _issue(request: ProjectRequest, group: str) -> Issue | None:
    """The issue behind a notification; None for a test, or where it is gone."""
    kind, _, number = group.partition(":")
    if kind != "issue" or not number.isdecimal():
        return None
    return request.project.issues.filter(pk=number).first()
