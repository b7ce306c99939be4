"""A fallback message as a JSON request. `docs/fallback.md` describes its fields."""

from __future__ import annotations

from typing import Any

from sentry_twilio.delivery import links
from sentry_twilio.delivery.models import FallbackMessage
from sentry_twilio.delivery.outside import request
from sentry_twilio.delivery.overdue import worst

VERSION = 1
"""Changes where a field changes its meaning or goes; a further one is no change."""


def payload(message: FallbackMessage) -> dict[str, Any]:
    """The fields. Times are ISO 8601 in UTC; the same on every try, so that `id` tells twins."""
    alerts = list(message.notifications.all())
    return {
        "version": VERSION,
        "id": message.pk,
        "kind": message.kind,
        "project": {
            "id": message.project.pk,
            "slug": message.project.slug,
            "name": message.project.name,
        },
        "subject": message.subject,
        # Slack, Mattermost and Rocket.Chat show this field.
        "text": f"{message.subject}\n\n{message.body}",
        "url": links.of(message),
        "created_at": message.created_at.isoformat(),
        "alerts_total": len(alerts),
        "alerts": [
            {
                "id": alert.pk,
                "group": alert.group,
                "title": alert.title,
                "level": alert.level,
                "reason": alert.reason,
                "url": alert.alert.get("url", ""),
                "created_at": alert.created_at.isoformat(),
            }
            for alert in worst(alerts)
        ],
    }


def send(url: str, fields: dict[str, Any]) -> str:
    """'' where it was taken, else why not."""
    return request("POST", url, "The webhook", fields)
