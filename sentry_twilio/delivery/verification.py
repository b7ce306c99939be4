"""Which projects' credentials prove a provider's request.

A request that names one of our attempts is checked with that project's credentials. Any other
could come from every account that is configured here, so all of them are tried; what a
stranger can make us do for that is bounded, by reading them at most once a second.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sentry_twilio.core import Invalid, NotificationPlugin, account_of
from sentry_twilio.core.message import Callback
from sentry_twilio.delivery import clock
from sentry_twilio.projects.models import PluginOption
from sentry_twilio.projects.store import ModelOptionStore

logger = logging.getLogger(__name__)

FRESH_SECONDS, LEAST_SECONDS = 5.0, 1.0
"""How long what was read is used, and how soon it is read again where nothing of it fits."""


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request to a plugin's callback address, not proved yet. `url` is the public one, `body`
    the raw bytes of what is no form."""

    plugin: NotificationPlugin
    url: str
    params: Sequence[tuple[str, str]]
    signature: str | None
    body: bytes | None

    def read(self, options: Mapping[str, str]) -> Callback:
        """What it says, if these options prove it."""
        return self.plugin.read_callback(self.url, self.params, self.signature, self.body, options)


@dataclass(frozen=True, slots=True)
class _Claim:
    """Options that stand for those of all `projects` with the same account and secrets."""

    options: Mapping[str, str]
    projects: frozenset[int]


_Claims = tuple[float, list[_Claim]]
"""When they were read, in `clock.elapsed()`."""

_lock = threading.Lock()
_read: dict[str, _Claims] = {}


def read_by_any(request: SignedRequest) -> tuple[Callback, frozenset[int]]:
    """What the request says, and the projects whose credentials prove it."""
    claims = _claims(request.plugin, FRESH_SECONDS)
    found = _try(request, claims)
    if not found[1] and clock.elapsed() - claims[0] > LEAST_SECONDS:
        # The settings may have been saved a moment ago.
        found = _try(request, _claims(request.plugin, LEAST_SECONDS))
    return found


def forget() -> None:
    """Read the credentials anew at the next request."""
    with _lock:
        _read.clear()


def _try(request: SignedRequest, claims: _Claims) -> tuple[Callback, frozenset[int]]:
    said: Callback = Invalid("No project's credentials prove it.")
    projects: frozenset[int] = frozenset()
    for claim in claims[1]:
        callback = request.read(claim.options)
        if not isinstance(callback, Invalid):
            said, projects = callback, projects | claim.projects
    return said, projects


def _claims(plugin: NotificationPlugin, age: float) -> _Claims:
    """Those of the plugin, read no longer than `age` seconds ago."""
    with _lock:
        known = _read.get(plugin.slug)
        if known is None or clock.elapsed() - known[0] > age:
            known = _read[plugin.slug] = (clock.elapsed(), _load(plugin))
        return known


def _load(plugin: NotificationPlugin) -> list[_Claim]:
    rows = PluginOption.objects.filter(conf_key=plugin.conf_key).order_by("project")
    projects = list(rows.values_list("project_id", flat=True).distinct())
    groups: dict[tuple[str, ...], tuple[Mapping[str, str], set[int]]] = {}
    for project, stored in ModelOptionStore().of_projects(projects).items():
        options = stored.get(plugin.conf_key, {})
        try:
            account = account_of(plugin.sender_key(options))
        except Exception:
            logger.exception("The plugin %s failed at project %s.", plugin.slug, project)
            continue
        if account:
            secrets = (options.get(name, "") for name in sorted(plugin.secret_options))
            groups.setdefault((account, *secrets), (options, set()))[1].add(project)
    return [_Claim(options, frozenset(members)) for options, members in groups.values()]
