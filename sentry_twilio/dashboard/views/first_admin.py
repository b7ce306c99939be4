"""The first account of an empty host."""

from __future__ import annotations

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from sentry_twilio.dashboard.forms.accounts import FirstAdminForm
from sentry_twilio.dashboard.limits import guess, too_many
from sentry_twilio.projects import first_admin


@login_not_required
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    if not first_admin.is_needed():
        return redirect("login")
    form = FirstAdminForm(request.POST or None)
    status = 200
    if form.is_valid():
        with guess(request, "setup") as attempt:
            user = None
            if not attempt.wait:
                user = first_admin.create(
                    form.cleaned_data["code"],
                    form.cleaned_data["username"],
                    form.cleaned_data["password1"],
                )
            attempt.was_right = user is not None
        if user:
            login(request, user)
            return redirect("project-list")
        status = 429 if attempt.wait else 200
        form.add_error("code", too_many(attempt.wait) if attempt.wait else _WRONG)
    return render(request, "dashboard/setup.html", {"form": form}, status=status)


_WRONG = (
    "This is not the code. Copy it from the server's output; if that is gone, start the server "
    "again, it prints the same code."
)
