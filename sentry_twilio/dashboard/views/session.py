"""Logging in and out, and one's own password."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator

from sentry_twilio.dashboard.limits import guess, too_many
from sentry_twilio.projects import first_admin
from sentry_twilio.projects.access import record


class _Credentials(AuthenticationForm):
    error_messages = {
        "invalid_login": (
            "User name and password do not belong together. Both are case-sensitive; an admin "
            "can make you a new password on the server."
        ),
        "inactive": "This account is switched off. Ask the person who runs this server.",
    }


@method_decorator(login_not_required, name="dispatch")
class LogIn(views.LoginView):
    template_name = "dashboard/login.html"
    authentication_form = _Credentials
    redirect_authenticated_user = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # Every page asks for a log-in, so on an empty host every page leads here.
        if first_admin.is_needed():
            return redirect("setup")
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with guess(request, "login") as attempt:
            if attempt.wait:
                context = self.get_context_data(
                    form=_Credentials(request), problem=too_many(attempt.wait)
                )
                return render(request, self.template_name, context, status=429)
            response = super().post(request, *args, **kwargs)
            attempt.was_right = request.user.is_authenticated
        return response


class ChangePassword(views.PasswordChangeView):
    template_name = "dashboard/password.html"
    success_url = reverse_lazy("project-list")

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        record(form.user, "Changed their password")
        messages.success(
            self.request, "Your password is changed. Other browsers have been logged out."
        )
        return response
