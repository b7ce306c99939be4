"""Named recipients and senders of a project, for rules that tell other people than usual.

They are kept encrypted beside the plugin options. Other trackers see the names, never numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from sentry_twilio.core.alert import ProjectLike
from sentry_twilio.core.options import installed

What = Literal["recipients", "sender"]
WHATS: tuple[What, ...] = ("recipients", "sender")

LONGEST_NAME = 60


def read(project: ProjectLike, what: What) -> Mapping[str, str]:
    """Numbers, or a sender, by name."""
    return installed().all(project).get(_conf_key(what), {})


def store(project: ProjectLike, what: What, name: str, value: str) -> None:
    """Keep a value under a name, which may be one that is there already."""
    installed().set(project, _conf_key(what), {name[:LONGEST_NAME]: value})


def remove(project: ProjectLike, what: What, name: str) -> None:
    installed().set(project, _conf_key(what), {name: None})


def _conf_key(what: What) -> str:
    return f"groups:{what}"
