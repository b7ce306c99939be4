"""Where a plugin's options are kept: whatever store the host has installed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from sentry_twilio.core.alert import ProjectLike

KEPT = "•••••••• (stored; leave empty to keep it)"
"""What stands in the empty field of a secret, which is never shown again."""


class OptionStore(Protocol):
    """Options of a project, each a string under a plugin's `conf_key` and a name."""

    def all(self, project: ProjectLike) -> Mapping[str, Mapping[str, str]]:
        """Every option of the project, by conf_key and name; one look at the store."""

    def set(self, project: ProjectLike, conf_key: str, values: Mapping[str, str | None]) -> None:
        """Store the values at once; None removes one."""


def merged(stored: Mapping[str, str], overrides: Mapping[str, str]) -> dict[str, str]:
    """What is stored, with the options that replace some of it; "" takes one away."""
    values = {**stored, **overrides}
    return {name: value for name, value in values.items() if value or name not in overrides}


def as_text(value: Any) -> str:
    """An option as it is stored, whatever a form or JSON has for it: "1" for yes, "" for no."""
    if value is None or value is False:
        return ""
    return "1" if value is True else str(value).strip()


class MemoryOptionStore:
    """Options for as long as the process lives: for scripts and tests."""

    def __init__(self) -> None:
        self._options: dict[int, dict[str, dict[str, str]]] = {}

    def all(self, project: ProjectLike) -> Mapping[str, Mapping[str, str]]:
        return self._options.get(project.id, {})

    def set(self, project: ProjectLike, conf_key: str, values: Mapping[str, str | None]) -> None:
        options = self._options.setdefault(project.id, {}).setdefault(conf_key, {})
        for name, value in values.items():
            if value is None:
                options.pop(name, None)
            else:
                options[name] = value


_store: OptionStore = MemoryOptionStore()


def install(store: OptionStore) -> None:
    """Make `store` the one that every plugin of this process reads and writes."""
    global _store
    _store = store


def installed() -> OptionStore:
    return _store
