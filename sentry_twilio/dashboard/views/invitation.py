"""Opening the link of an invitation."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from sentry_twilio.dashboard.forms.accounts import NewAccountForm
from sentry_twilio.projects import invitations
from sentry_twilio.projects.models import Invitation
from sentry_twilio.projects.transactions import writing


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Join with the account that one is logged in with, or with a new one."""
    invitation = invitations.find(token)
    if invitation is None:
        return render(request, "dashboard/invitation_gone.html", status=404)
    form = None if request.user.is_authenticated else NewAccountForm(request.POST or None)
    if _joins(request, invitation, form):
        messages.success(request, f"Welcome to {invitation.project}.")
        return redirect("issue-list", slug=invitation.project.slug)
    return render(request, "dashboard/invitation.html", {"invitation": invitation, "form": form})


def _joins(request: HttpRequest, invitation: Invitation, form: NewAccountForm | None) -> bool:
    if request.user.is_authenticated:
        return request.method == "POST" and invitations.accept(invitation, request.user)
    user = _make_member(form, invitation) if form and form.is_valid() else None
    if user:
        login(request, user)
    return user is not None


def _make_member(form: NewAccountForm, invitation: Invitation) -> User | None:
    """Account and membership together; neither where somebody else was quicker."""
    with writing():
        user = form.save()
        if invitations.accept(invitation, user):
            return user
        user.delete()
    return None
