"""A source's secrets, encrypted beside the project's plugin options.

There they follow the keys' rotation with all the rest. `key` is the one in the source's URL,
`secret` the one that calls are signed with, `token` the one for the tracker's API.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping

from django.dispatch import Signal

from sentry_twilio.core.options import installed
from sentry_twilio.projects.store import ModelOptionStore
from sentry_twilio.sources.models import Source

changed = Signal()
"""Sent with `source` after secrets were stored."""

NAMES = frozenset({"key", "secret", "token"})


def new_key() -> str:
    """A key that nobody can guess, fit for a URL: 32 characters."""
    return secrets.token_urlsafe(24)


def digest(key: str) -> str:
    # The key is long and random, so a fast hash is as good as a slow one.
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def read(source: Source) -> Mapping[str, str]:
    """The secrets that the source has, by name."""
    return installed().all(source.project).get(_conf_key(source), {})


def is_readable(source: Source) -> bool:
    """Whether this process can decrypt all the secrets of the source; another one may."""
    place = source.project_id, _conf_key(source)
    return place not in ModelOptionStore().read([source.project_id]).unreadable


def store(source: Source, **values: str | None) -> None:
    """Keep the secrets; None forgets one."""
    installed().set(source.project, _conf_key(source), values)
    changed.send(Source, source=source)


def forget(source: Source) -> None:
    store(source, **dict.fromkeys(NAMES))


def _conf_key(source: Source) -> str:
    return f"source:{source.pk}"
