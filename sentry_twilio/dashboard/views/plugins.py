"""The plugins of a project: which are on, and their settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sentry_twilio.core import NotificationPlugin, plugins
from sentry_twilio.core.options import installed
from sentry_twilio.core.plugin import ENABLED
from sentry_twilio.dashboard import credentials
from sentry_twilio.dashboard.guard import ProjectRequest, for_admins
from sentry_twilio.dashboard.standing import standing
from sentry_twilio.delivery import halts
from sentry_twilio.projects.access import record
from sentry_twilio.projects.transactions import writing


def find(slug: str) -> NotificationPlugin:
    """The plugin of that slug, or a 404."""
    try:
        return plugins.get(slug)
    except KeyError:
        raise Http404("There is no such plugin.") from None


@require_safe
@for_admins
def plugin_list(request: ProjectRequest) -> HttpResponse:
    stored = installed().all(request.project)
    rows = []
    for plugin in plugins.all():
        values = stored.get(plugin.conf_key, {})
        rows.append((plugin, plugin.is_configured_with(values), plugin.is_enabled_with(values)))
    return render(request, "dashboard/plugin_list.html", {"rows": rows})


@require_POST
@for_admins
def switch(request: ProjectRequest, plugin_slug: str) -> HttpResponse:
    plugin = find(plugin_slug)
    on = request.POST.get("on") == "1"
    with writing():
        plugin.set_option(ENABLED, "1" if on else "0", request.project)
        record(request.user, f"Switched {plugin.title} {'on' if on else 'off'}", request.project)
    messages.success(
        request,
        f"{plugin.title} is on."
        if on
        else f"{plugin.title} is off. It sends nothing for new alerts; its settings are kept.",
    )
    return redirect("plugin-list", slug=request.project.slug)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@for_admins
def configure(request: ProjectRequest, plugin_slug: str) -> HttpResponse:
    plugin = find(plugin_slug)
    stored = plugin.get_options(request.project)
    form = plugin.configuration_form()(request.POST or None, stored=stored)
    if form.is_valid():
        _save(request, plugin, stored, form.fields, form.cleaned_data)
        _say_saved(request, plugin, stored)
        return redirect("plugin", slug=request.project.slug, plugin_slug=plugin.slug)
    is_configured = plugin.is_configured_with(stored)
    context: dict[str, Any] = {
        "plugin": plugin,
        "form": form,
        "is_configured": is_configured,
        "is_enabled": plugin.is_enabled_with(stored),
    }
    if is_configured:
        context["warnings"] = plugin.warnings(stored, settings.PUBLIC_URL)
        context["standing"] = standing(request.project, plugin, stored, timezone.now())
    return render(request, "dashboard/plugin.html", context)


def _say_saved(request: ProjectRequest, plugin: NotificationPlugin, before: dict[str, str]) -> None:
    """Say that it is saved and, of other credentials, what the provider makes of them."""
    after = plugin.get_options(request.project)
    if not credentials.are_new(plugin, before, after) or not plugin.is_configured_with(after):
        messages.success(request, f"Saved. A test message shows whether {plugin.title} works.")
        return
    found = credentials.verdict(plugin, after)
    if found.is_good:
        messages.success(request, f"Saved. {found.text} A test message shows whether texts arrive.")
    elif found.is_good is None:
        messages.warning(request, f"Saved. {found.text} A test message shows whether they work.")
    else:
        messages.error(request, f"Saved, but no text will be sent. {found.text}")


def _save(
    request: ProjectRequest,
    plugin: NotificationPlugin,
    stored: dict[str, str],
    fields: Iterable[str],
    values: Mapping[str, str],
) -> None:
    """Store what the form returned, and forget what it no longer names."""
    gone = {name: None for name in fields if name in stored and name not in values}
    changed = {name: value for name, value in values.items() if stored.get(name) != value}
    if gone or changed:
        with writing():
            installed().set(request.project, plugin.conf_key, {**gone, **changed})
            names = ", ".join(sorted({*gone, *changed}))
            record(
                request.user, f"Changed the settings of {plugin.title}: {names}", request.project
            )
    # Saved again as it is, too: what was wrong may have been mended at the provider's.
    halts.lift(request.project.pk, plugin.slug)
