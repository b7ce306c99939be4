"""What Sentry's webhooks have in common: how an event, or an issue, says what it is about."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from sentry_twilio.tracker import event as events
from sentry_twilio.tracker import shape

_ORGANIZATION = re.compile(r"/organizations/([^/]+)/")


def title_of(event: dict[str, Any]) -> str:
    """Sentry's own title; where it left it out, one as for an event of an SDK. Never empty: an
    alert in other words is better than none."""
    return shape.first_line(event.get("title"), 500) or events.title(event)[:500]


def environment_of(event: dict[str, Any]) -> str:
    """The environment, as a field or as a tag; at most 64 characters."""
    return shape.text(event.get("environment"), 64) or shape.tags(event).get("environment", "")[:64]


def release_of(event: dict[str, Any]) -> str:
    """The release, as a field or as a tag, which the legacy webhook calls `sentry:release`; at
    most 200 characters."""
    tags = shape.tags(event)
    named = tags.get("release") or tags.get("sentry:release", "")
    return shape.text(event.get("release"), 200) or named


def organization_of(*links: object) -> str:
    """The organisation's slug out of the first link that has one; "" where none has."""
    found = (_ORGANIZATION.search(path_of(link)) for link in links)
    return next((one[1][:80] for one in found if one), "")


def path_of(link: object) -> str:
    """The path of a link; "" for what is none."""
    try:
        return urlsplit(shape.first_line(link)).path
    except ValueError:
        return ""
