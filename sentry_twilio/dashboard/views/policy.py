"""What a project decides about its delivery, and whether its fallback works."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sentry_twilio.core.options import installed
from sentry_twilio.dashboard.forms.delivery import DeliveryForm
from sentry_twilio.dashboard.guard import ProjectRequest, for_admins
from sentry_twilio.dashboard.limits import take_test
from sentry_twilio.dashboard.words import FALLBACK_TONES, host_limits
from sentry_twilio.delivery import fallback, policy
from sentry_twilio.delivery.models import FallbackMessage, FallbackTarget
from sentry_twilio.projects.access import record
from sentry_twilio.projects.transactions import writing


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@for_admins
def settings(request: ProjectRequest) -> HttpResponse:
    """The choices; saving another fallback tries it out, since one that does not work is none."""
    project = request.project
    stored = installed().all(project).get(policy.CONF_KEY, {})
    form = DeliveryForm(request.POST or None, stored=stored)
    if form.is_valid():
        before = policy.Policy.read(stored)
        with writing():
            policy.save(project, form.cleaned_data)
            record(request.user, "Changed the delivery settings", project)
        after = policy.of(project)
        messages.success(request, "Saved.")
        is_new = (after.emails, after.webhook) != (before.emails, before.webhook)
        return _try_out(request) if is_new and after.has_fallback else _back(request)
    context = {
        "form": form,
        "has_fallback": policy.Policy.read(stored).has_fallback,
        "trial": fallback.last_trial(project),
        "weekly_at": policy.weekly_at(project),
        "limits": host_limits(),
    }
    return render(request, "dashboard/delivery_settings.html", context)


@require_POST
@for_admins
def try_out(request: ProjectRequest) -> HttpResponse:
    """Send a trial to the saved fallback, and to nobody else."""
    return _try_out(request)


def _try_out(request: ProjectRequest) -> HttpResponse:
    project = request.project
    if too_many := take_test(project, "fallback"):
        messages.error(request, f"The fallback was not tried: {too_many}")
        return _back(request)
    with writing():
        message = fallback.try_out(project)
        if message is not None:
            record(request.user, "Tried the fallback out", project)
    if message is None:
        messages.error(request, "Nothing was sent: no fallback is saved yet.")
        return _back(request)
    return redirect("fallback-trial-result", slug=project.slug, message_id=message.pk)


def _back(request: ProjectRequest) -> HttpResponse:
    return redirect("delivery-settings", slug=request.project.slug)


@require_safe
@for_admins
def result(request: ProjectRequest, message_id: int) -> HttpResponse:
    """How the trial goes, address by address; with `?part` only what changes."""
    trials = request.project.fallback_messages.filter(kind=FallbackMessage.Kind.TRIAL)
    message = get_object_or_404(trials, pk=message_id)
    targets = list(message.targets.order_by("id"))
    states = {target.state for target in targets}
    context = {
        "message": message,
        "targets": [(target, FALLBACK_TONES[target.state]) for target in targets],
        "is_over": FallbackTarget.State.PENDING not in states,
        "has_sent": FallbackTarget.State.SENT in states,
        "has_failed": FallbackTarget.State.FAILED in states,
    }
    template = "_fallback_result.html" if "part" in request.GET else "fallback_result.html"
    return render(request, f"dashboard/{template}", context)
