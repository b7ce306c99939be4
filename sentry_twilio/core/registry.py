"""The plugins of this process."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points

from sentry_twilio.core import options
from sentry_twilio.core.alert import ProjectLike
from sentry_twilio.core.plugin import NotificationPlugin

logger = logging.getLogger(__name__)

ENTRY_POINT_GROUP = "sentry_twilio.plugins"


class DuplicateSlug(Exception):
    """Two plugins want the same slug; which one would answer is nobody's guess."""


class PluginRegistry:
    """Plugins by slug. Those of installed packages are loaded at the first look."""

    def __init__(self, group: str | None = None) -> None:
        self._group = group
        self._plugins: dict[str, NotificationPlugin] = {}
        self._lock = threading.RLock()
        self._loaded = group is None

    def register(self, plugin: type[NotificationPlugin] | NotificationPlugin) -> NotificationPlugin:
        """Add a plugin (a class is instantiated) and return it.

        Raises `DuplicateSlug` where the slug is taken.
        """
        instance = plugin() if isinstance(plugin, type) else plugin
        with self._lock:
            self._load()
            self._add(instance)
        return instance

    def unregister(self, plugin: type[NotificationPlugin] | NotificationPlugin) -> None:
        """Take a plugin out; a KeyError where it is not in."""
        with self._lock:
            self._load()
            found = self._plugins[plugin.slug]
            if found is not plugin and type(found) is not plugin:
                raise KeyError(plugin.slug)
            del self._plugins[plugin.slug]

    def get(self, slug: str) -> NotificationPlugin:
        """The plugin of that slug; a KeyError where there is none."""
        with self._lock:
            self._load()
            return self._plugins[slug]

    def all(self) -> list[NotificationPlugin]:
        with self._lock:
            self._load()
            return list(self._plugins.values())

    def for_project(self, project: ProjectLike) -> list[NotificationPlugin]:
        """The plugins that are switched on and configured for a project."""
        return [plugin for plugin, _ in self.with_options(project)]

    def with_options(
        self, project: ProjectLike
    ) -> Iterator[tuple[NotificationPlugin, Mapping[str, str]]]:
        """As `for_project`, each with its options, for one look at the store."""
        stored = options.installed().all(project)
        for plugin in self.all():
            values = stored.get(plugin.conf_key, {})
            try:
                ready = plugin.is_ready_with(values)
            except Exception:  # one plugin's mistake must not cost the others' messages
                logger.exception("The plugin %s could not read its options.", plugin.slug)
                continue
            if ready:
                yield plugin, values

    def _add(self, plugin: NotificationPlugin) -> None:
        taken = self._plugins.get(plugin.slug)
        if taken is not None:
            raise DuplicateSlug(
                f"The slug {plugin.slug!r} belongs to {type(taken).__name__} already; "
                f"{type(plugin).__name__} needs another one, or unregister the first."
            )
        self._plugins[plugin.slug] = plugin

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        for entry_point in entry_points(group=self._group or ""):
            try:
                self._add(entry_point.load()())
            # A broken package of somebody else must not stop the host.
            except Exception:  # noqa: PERF203
                logger.exception("The plugin %s could not be loaded.", entry_point.value)


plugins = PluginRegistry(ENTRY_POINT_GROUP)
"""The registry of this process, with what the entry points name."""
