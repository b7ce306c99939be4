"""Many deliveries at once, in whatever state a test needs them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from sentry_twilio.delivery import twins
from sentry_twilio.delivery.models import Attempt, Delivery, Notification
from sentry_twilio.projects.models import Project

HOUR = timedelta(hours=1)


def write_rows(
    project: Project, count: int, to: str = "", at: datetime | None = None, **changes: Any
) -> list[Delivery]:
    """As many deliveries, each with a notification, a text and (unless `to`) a recipient of its
    own. Those that were sent already, by their state or their `tries`, have their attempt.

    `at`: when they were made and are due, aware; now unless given.
    """
    at = at or timezone.now()
    base = Delivery.objects.count()
    numbers = range(base, base + count)
    notifications = Notification.objects.bulk_create(
        Notification(
            project=project,
            plugin="fake",
            group=f"issue:{number}",
            title=f"It broke {number}",
            level="error",
            reason="new",
            alert={},
            created_at=at,
        )
        for number in numbers
    )
    fields = {"state": "pending", "sender_key": "fake:account:line", "due_at": at, **changes}
    if fields["state"] == "held":
        fields = {**fields, "due_at": None, "digest_since": at} | changes
    rows = [
        Delivery(
            notification=notification,
            project=project,
            plugin="fake",
            recipient=to or f"+1415{number:07}",
            created_at=at,
            expires_at=at + HOUR,
            **{"body": f"It broke {number}", **fields},
        )
        for number, notification in zip(numbers, notifications, strict=True)
    ]
    for row in rows:
        row.twin_key = twins.key_of(row)
    rows = Delivery.objects.bulk_create(rows)
    if fields.get("tries") or fields["state"] in ("sending", "unknown", "accepted"):
        Attempt.objects.bulk_create(
            Attempt(delivery=row, number=row.tries or 1, started_at=at, sender_key=row.sender_key)
            for row in rows
        )
    return rows
