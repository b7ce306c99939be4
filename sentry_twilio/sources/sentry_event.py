"""An event as Sentry passes it on, in both of its webhooks."""

from __future__ import annotations

from typing import Any

from sentry_twilio.tracker import event as events
from sentry_twilio.tracker import shape


def title_of(event: dict[str, Any]) -> str:
    """Sentry's own title; where it left it out, one as for an event of an SDK. Never empty: an
    alert in other words is better than none."""
    return shape.first_line(event.get("title"), 500) or events.title(event)[:500]
