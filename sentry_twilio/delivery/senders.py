"""Warm connections, one per set of credentials."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from sentry_twilio.core import NotificationPlugin, Sender, plugins
from sentry_twilio.projects.store import ModelOptionStore

KEPT = 100
"""Senders kept warm; the one that was idle longest goes first."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sender, and where reports about what it sends may go ('' where they cannot come)."""

    sender: Sender
    status_url: str


class Senders:
    """The senders of one worker. Used by its coordinator only; the senders by its threads."""

    def __init__(self) -> None:
        self._lines: OrderedDict[tuple[str, tuple[tuple[str, str], ...]], Line] = OrderedDict()

    def for_projects(self, wanted: set[tuple[int, str]]) -> dict[tuple[int, str], Line]:
        """The line of each (project id, plugin slug), by what is configured now.

        A plugin that is gone or no longer configured has none.
        """
        found: dict[tuple[int, str], Line] = {}
        stored = ModelOptionStore().of_projects(sorted({project for project, _ in wanted}))
        for project, slug in wanted:
            try:
                plugin = plugins.get(slug)
            except KeyError:
                continue
            options = stored.get(project, {}).get(plugin.conf_key, {})
            if plugin.is_configured_with(options):
                found[project, slug] = self._line(plugin, options)
        return found

    def close(self) -> None:
        while self._lines:
            self._lines.popitem()[1].sender.close()

    def _line(self, plugin: NotificationPlugin, options: Mapping[str, str]) -> Line:
        key = (plugin.slug, tuple(sorted(options.items())))
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = Line(plugin.connect(options), status_url(plugin, options))
            while len(self._lines) > KEPT:
                self._lines.popitem(last=False)[1].sender.close()
        self._lines.move_to_end(key)
        return line


def status_url(plugin: NotificationPlugin, options: Mapping[str, str]) -> str:
    """Where the provider may report, or '' where it could not or would not prove itself."""
    if not plugin.wants_callback(options, settings.PUBLIC_URL):
        return ""
    return str(settings.PUBLIC_URL + reverse("delivery-status", args=[plugin.slug]))
