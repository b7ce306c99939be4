"""Warm connections, one per set of credentials."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from django.conf import settings
from django.urls import reverse

from sentry_twilio.core import NotificationPlugin, Sender, plugins
from sentry_twilio.core.options import merged
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.delivery.policy import CONF_KEY, Policy
from sentry_twilio.projects.store import ModelOptionStore

logger = logging.getLogger(__name__)

KEPT = 100
"""Senders kept warm; the one that was idle longest goes first."""
UNREADABLE = (
    "The plugin's settings could not be decrypted: the host's encryption keys do not fit them. "
    "Give every machine the same keys, or enter the settings anew."
)


@dataclass(frozen=True, slots=True)
class Line:
    """A sender, and where reports about what it sends may go ('' where they cannot come)."""

    sender: Sender
    status_url: str


@dataclass(frozen=True, slots=True)
class NoLine:
    """Why nothing can be sent: until a person changes it (`config`), or for now."""

    kind: Literal["config", "transient"]
    reason: str


@dataclass(frozen=True, slots=True)
class Route:
    """How a project's messages go through a plugin, and how many may in an hour (0: any).

    `is_on`: whether the project has not switched the plugin off.
    """

    line: Line | NoLine
    project_cap: int
    is_on: bool = True


class Address(NamedTuple):
    """A project's id and a plugin's slug, with the options that replace the project's own."""

    project: int
    plugin: str
    overrides: tuple[tuple[str, str], ...] = ()


def address_of(row: Delivery) -> Address:
    return Address(row.project_id, row.plugin, tuple(sorted(row.overrides.items())))


class Senders:
    """The senders of one worker. Used by its coordinator only; each sender by its threads."""

    def __init__(self) -> None:
        self._lines: OrderedDict[tuple[str, tuple[tuple[str, str], ...]], Line] = OrderedDict()

    def routes(self, wanted: Iterable[Address]) -> dict[Address, Route]:
        """The route of each address, by what is configured now: one statement for all.

        One project's mistake, or a plugin's, is a `NoLine` of its own and no exception.
        """
        addresses = set(wanted)
        stored = ModelOptionStore().read(sorted({address.project for address in addresses}))
        return {
            address: Route(
                self._find(address, of_project, stored.unreadable),
                Policy.read(of_project.get(CONF_KEY, {})).project_cap,
                _is_on(address.plugin, of_project),
            )
            for address in addresses
            for of_project in (stored.options.get(address.project, {}),)
        }

    def close(self) -> None:
        while self._lines:
            self._lines.popitem()[1].sender.close()

    def _find(
        self,
        address: Address,
        stored: Mapping[str, Mapping[str, str]],
        unreadable: Collection[tuple[int, str]],
    ) -> Line | NoLine:
        try:
            plugin = plugins.get(address.plugin)
        except KeyError:
            return NoLine(
                "transient", f"The plugin {address.plugin} is not installed on this host."
            )
        if (address.project, plugin.conf_key) in unreadable:
            return NoLine("transient", UNREADABLE)
        try:
            options = merged(stored.get(plugin.conf_key, {}), dict(address.overrides))
            if not plugin.is_configured_with(options):
                return NoLine(
                    "config", "The plugin's settings no longer suffice to send. Complete them."
                )
            return self._line(plugin, options)
        except Exception as exc:
            logger.exception("The plugin %s could not make a connection.", address.plugin)
            return NoLine("transient", f"The plugin could not connect: {type(exc).__name__}.")

    def _line(self, plugin: NotificationPlugin, options: Mapping[str, str]) -> Line:
        key = (plugin.slug, tuple(sorted(options.items())))
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = Line(plugin.connect(options), status_url(plugin, options))
            while len(self._lines) > KEPT:
                self._lines.popitem(last=False)[1].sender.close()
        self._lines.move_to_end(key)
        return line


def _is_on(slug: str, stored: Mapping[str, Mapping[str, str]]) -> bool:
    try:
        plugin = plugins.get(slug)
    except KeyError:  # what it would have sent waits until it is back, or expires
        return True
    return plugin.is_enabled_with(stored.get(plugin.conf_key, {}))


def status_url(plugin: NotificationPlugin, options: Mapping[str, str]) -> str:
    """Where the provider may report, or '' where it could not or would not prove itself."""
    if not plugin.wants_callback(options, settings.PUBLIC_URL):
        return ""
    return str(settings.PUBLIC_URL + reverse("delivery-status", args=[plugin.slug]))
