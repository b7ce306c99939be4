"""What was sent, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from sentry_twilio.dashboard.guard import ProjectRequest, UserRequest, for_members
from sentry_twilio.dashboard.reach import reaches_nobody
from sentry_twilio.dashboard.shown import show, show_all
from sentry_twilio.dashboard.timeline import steps
from sentry_twilio.dashboard.words import STATES
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.delivery.states import State
from sentry_twilio.projects.access import visible_to
from sentry_twilio.projects.models import Project
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
    """One delivery; of a digest, page by page, every alert that it stands for."""
    rows = request.project.deliveries.select_related(
        "notification__fallback", "digest", "repeats", "repetition"
    ).prefetch_related("attempts", "callbacks", "notification__fallback__targets")
    row = get_object_or_404(rows, pk=delivery_id)
    stood_for = row.stood_for.select_related("notification").order_by("-id")
    page = Paginator(stood_for, PAGE).get_page(request.GET.get("page"))
    groups = [row.notification.group, *(member.notification.group for member in page)]
    issues = _issues(request.project, groups)
    in_full = request.is_project_admin
    context = {
        "delivery": show(row, in_full),
        "steps": steps(row, in_full),
        "issue": issues.get(row.notification.group),
        "digest_word": STATES[row.digest.state] if row.digest else None,
        "reaches_nobody": reaches_nobody(row.notification),
        "repetition": getattr(row, "repetition", None),
        "is_digest": row.notification.reason == "digest",
        "page": page,
        "members": [
            (member, issues.get(member.row.notification.group))
            for member in show_all(page, in_full)
        ],
    }
    return render(request, "dashboard/delivery.html", context)


@require_safe
def digest(request: UserRequest, delivery_id: int) -> HttpResponse:
    """The short address in a digest's text: every character of it is paid for."""
    visible = Delivery.objects.filter(project__in=visible_to(request.user))
    row = get_object_or_404(visible.select_related("project"), pk=delivery_id)
    return redirect("delivery", slug=row.project.slug, delivery_id=row.pk)


def _issues(project: Project, groups: Iterable[str]) -> dict[str, Issue]:
    """The issues behind notifications, by group; none for a test, or where it is gone."""
    parts = (group.partition(":") for group in groups)
    ids = {number for kind, _, number in parts if kind == "issue" and number.isdecimal()}
    return {issue.group: issue for issue in project.issues.filter(pk__in=ids)} if ids else {}
