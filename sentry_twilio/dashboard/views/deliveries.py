"""What was sent, and what became of it."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from sentry_twilio.dashboard import delivery_filters, digest_lines
from sentry_twilio.dashboard.guard import ProjectRequest, UserRequest, for_members
from sentry_twilio.dashboard.reach import reaches_nobody
from sentry_twilio.dashboard.shown import show, show_all
from sentry_twilio.dashboard.timeline import steps
from sentry_twilio.dashboard.words import STATES
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.delivery.states import State
from sentry_twilio.projects.access import visible_to
from sentry_twilio.tracker.models import Issue

PAGE = 50


@require_safe
@for_members
def delivery_list(request: ProjectRequest) -> HttpResponse:
    filters, in_full = delivery_filters.read(request.GET), request.is_project_admin
    people = delivery_filters.recipients(request.project)
    rows = request.project.deliveries.select_related("notification").order_by("-id")
    rows = delivery_filters.narrowed(rows, filters, people)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "deliveries": show_all(page, in_full),
        "filters": filters,
        "states": State.choices,
        "recipients": delivery_filters.choices(people, in_full),
    }
    return render(request, "dashboard/delivery_list.html", context)


@require_safe
@for_members
def delivery(request: ProjectRequest, delivery_id: int) -> HttpResponse:
    """One delivery; of a digest, page by page, every issue that it stands for."""
    rows = request.project.deliveries.select_related(
        "notification__fallback", "digest", "repeats", "repetition"
    ).prefetch_related("attempts", "callbacks", "notification__fallback__targets")
    row = get_object_or_404(rows, pk=delivery_id)
    in_full = request.is_project_admin
    page = Paginator(digest_lines.of(row), PAGE).get_page(request.GET.get("page"))
    lines = digest_lines.shown(list(page), in_full)
    groups = [row.notification.group, *(line.group for line in lines)]
    issues = {issue.group: issue for issue in Issue.of_groups(request.project.pk, groups)}
    context = {
        "delivery": show(row, in_full),
        "steps": steps(row, in_full),
        "issue": issues.get(row.notification.group),
        "digest_word": STATES[row.digest.state] if row.digest else None,
        "reaches_nobody": reaches_nobody(row.notification),
        "repetition": getattr(row, "repetition", None),
        "is_digest": row.notification.reason == "digest",
        "page": page,
        "lines": [(line, issues.get(line.group)) for line in lines],
        "alerts": row.stood_for.count() if lines else 0,
    }
    return render(request, "dashboard/delivery.html", context)


@require_safe
def digest(request: UserRequest, delivery_id: int) -> HttpResponse:
    """The short address in a digest's text: every character of it is paid for."""
    visible = Delivery.objects.filter(project__in=visible_to(request.user))
    row = get_object_or_404(visible.select_related("project"), pk=delivery_id)
    return redirect("delivery", slug=row.project.slug, delivery_id=row.pk)
