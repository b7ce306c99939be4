"""Where a message to the fallback leads."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from sentry_twilio.delivery.models import FallbackMessage
from sentry_twilio.projects.models import Project


def of(message: FallbackMessage) -> str:
    """The page where what the message tells can be looked into."""
    if message.plugin:
        return plugin_url(message.project, message.plugin)
    return deliveries_url(message.project)


def deliveries_url(project: Project) -> str:
    """The page of the project's messages."""
    return str(settings.PUBLIC_URL + reverse("delivery-list", args=[project.slug]))


def plugin_url(project: Project, plugin: str) -> str:
    """The page of a plugin's settings, which says what keeps it from sending, too."""
    return str(settings.PUBLIC_URL + reverse("plugin", args=[project.slug, plugin]))
