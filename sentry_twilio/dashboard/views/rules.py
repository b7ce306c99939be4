"""The rules that decide who is told about what."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sentry_twilio.dashboard.forms.rules import RuleForm
from sentry_twilio.dashboard.guard import ProjectRequest, for_admins
from sentry_twilio.dashboard.words import PAUSES, rule_sentence
from sentry_twilio.projects.access import record
from sentry_twilio.projects.transactions import writing
from sentry_twilio.tracker.models import Rule


@require_safe
@for_admins
def rule_list(request: ProjectRequest) -> HttpResponse:
    rules = [(rule, rule_sentence(rule)) for rule in request.project.rules.all()]
    context = {"rules": rules, "snoozes": PAUSES, "now": timezone.now()}
    return render(request, "dashboard/rule_list.html", context)


@require_http_methods(["GET", "POST"])
@for_admins
def new(request: ProjectRequest) -> HttpResponse:
    return _edit(request, Rule(project=request.project))


@require_http_methods(["GET", "POST"])
@for_admins
def edit(request: ProjectRequest, rule_id: int) -> HttpResponse:
    return _edit(request, get_object_or_404(request.project.rules, pk=rule_id))


@require_POST
@for_admins
def snooze(request: ProjectRequest, rule_id: int) -> HttpResponse:
    """Keep a rule silent for a while; anything unknown ends its silence."""
    rule = get_object_or_404(request.project.rules, pk=rule_id)
    label, span = PAUSES.get(request.POST.get("for", ""), ("", None))
    with writing():
        rule.snoozed_until = timezone.now() + span if span else None
        rule.save(update_fields=["snoozed_until"])
        action = f"Snoozed the rule {rule} for {label}" if span else f"Woke the rule {rule}"
        record(request.user, action, request.project)
    messages.success(
        request, f"“{rule}” tells nobody for {label}." if span else f"“{rule}” is awake."
    )
    return redirect("rule-list", slug=request.project.slug)


@require_POST
@for_admins
def delete(request: ProjectRequest, rule_id: int) -> HttpResponse:
    rule = get_object_or_404(request.project.rules, pk=rule_id)
    with writing():
        rule.delete()
        record(request.user, f"Deleted the rule {rule}", request.project)
    messages.success(request, f"The rule “{rule}” is deleted.")
    return redirect("rule-list", slug=request.project.slug)


def _edit(request: ProjectRequest, rule: Rule) -> HttpResponse:
    is_new = rule.pk is None
    form = RuleForm(request.POST or None, instance=rule)
    if form.is_valid():
        with writing():
            form.save()
            verb = "Made" if is_new else "Changed"
            record(request.user, f"{verb} the rule {rule}: {rule_sentence(rule)}", request.project)
        messages.success(request, f"Saved. {rule_sentence(rule)}")
        return redirect("rule-list", slug=request.project.slug)
    return render(request, "dashboard/rule.html", {"form": form, "is_new": is_new, "rule": rule})
