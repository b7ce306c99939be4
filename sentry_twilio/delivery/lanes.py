"""Which caps a message comes under."""

from __future__ import annotations

from django.db import models

from sentry_twilio.core import Alert


class Lane(models.TextChoices):
    WORST = "worst", "The worst alerts"
    NORMAL = "normal", "Alerts"
    FREE = "free", "Resolved, test and repeated messages"
    DIGEST = "digest", "Digests"


def lane_of(alert: Alert) -> Lane:
    """The lane of an alert's messages.

    The worst is what nobody may sleep through: a fatal error, a metric that became critical, a
    site that went down. Those never wait behind lesser ones. A person waits for a test, and
    the end of a trouble may not be held back by the trouble.
    """
    if alert.reason in ("resolved", "test"):
        return Lane.FREE
    if alert.reason == "digest":
        return Lane.DIGEST
    watched = alert.reason in ("metric", "uptime") and alert.level == "error"
    return Lane.WORST if watched or alert.level == "fatal" else Lane.NORMAL
