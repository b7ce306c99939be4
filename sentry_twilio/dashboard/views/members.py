"""Who belongs to a project."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from sentry_twilio.dashboard import membership
from sentry_twilio.dashboard.forms.projects import InviteForm
from sentry_twilio.dashboard.guard import ProjectRequest, for_admins
from sentry_twilio.projects import invitations
from sentry_twilio.projects.access import is_admin, record, visible_to
from sentry_twilio.projects.models import Invitation, Role
from sentry_twilio.projects.transactions import writing


@require_safe
@for_admins
def member_list(request: ProjectRequest) -> HttpResponse:
    return _page(request, InviteForm())


@require_POST
@for_admins
def invite(request: ProjectRequest) -> HttpResponse:
    """Make a link and show it in the answer: it is shown this once and not kept."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    token = invitations.invite(request.project, form.cleaned_data["role"], request.user)
    link = settings.PUBLIC_URL + reverse("invitation", kwargs={"token": token})
    return _page(request, InviteForm(), link)


@require_POST
@for_admins
def withdraw(request: ProjectRequest, invitation_id: int) -> HttpResponse:
    """Make an open invitation's link useless."""
    with writing():
        gone, _ = _open_invitations(request).filter(pk=invitation_id).delete()
        if gone:
            record(request.user, "Withdrew an invitation", request.project)
    problem = "" if gone else "This invitation is not open any more. See who is a member now."
    return _back(request, problem, "The invitation is withdrawn. Its link opens nothing now.")


@require_POST
@for_admins
def role(request: ProjectRequest, membership_id: int) -> HttpResponse:
    wanted = request.POST.get("role", "")
    if wanted in Role.values:
        problem = membership.change_role(request.project, membership_id, Role(wanted), request.user)
    else:
        problem = "This role does not exist."
    return _back(request, problem, "The role is changed.")


@require_POST
@for_admins
def remove(request: ProjectRequest, membership_id: int) -> HttpResponse:
    problem = membership.remove(request.project, membership_id, request.user)
    return _back(request, problem, "Removed. The account still exists, without this project.")


def _page(request: ProjectRequest, form: InviteForm, link: str = "") -> HttpResponse:
    context = {
        "memberships": request.project.memberships.select_related("user"),
        "roles": Role.choices,
        "form": form,
        "link": link,
        "open_invitations": _open_invitations(request).select_related("invited_by"),
    }
    return render(request, "dashboard/member_list.html", context)


def _open_invitations(request: ProjectRequest) -> QuerySet[Invitation]:
    return request.project.invitations.filter(accepted_at=None, expires_at__gt=timezone.now())


def _back(request: ProjectRequest, problem: str, done: str) -> HttpResponse:
    if problem:
        messages.error(request, problem)
    else:
        messages.success(request, done)
    # One who gave up their own role no longer sees this page.
    if is_admin(request.user, request.project):
        return redirect("member-list", slug=request.project.slug)
    if visible_to(request.user).filter(pk=request.project.pk).exists():
        return redirect("issue-list", slug=request.project.slug)
    return redirect("project-list")
