"""What the fallback is told about alerts that reached nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import cast

from sentry_twilio.core import LEVELS
from sentry_twilio.core.alert import Level
from sentry_twilio.core.words import counted
from sentry_twilio.delivery.links import deliveries_url
from sentry_twilio.delivery.masked import told
from sentry_twilio.delivery.models import Delivery, Notification
from sentry_twilio.projects.models import Project

SHOWN = 20
"""Alerts that are told in full; the others are counted."""


def worst(late: Sequence[Notification]) -> list[Notification]:
    """Those that are told in full: the worst first, of equals the one that came first."""
    ranked = sorted(late, key=lambda alert: (-LEVELS.index(cast("Level", alert.level)), alert.pk))
    return ranked[:SHOWN]


def subject(project: Project, late: Sequence[Notification]) -> str:
    if len(late) == 1:
        return f"[{project.name}] Nobody was reached: {late[0].title}"
    return f"[{project.name}] Nobody was reached about {len(late)} alerts"


def body(project: Project, late: Sequence[Notification]) -> str:
    """What happened, what it means, what to do; the alerts' texts as far as there is room."""
    shown = worst(late)
    deliveries: dict[int, list[Delivery]] = {}
    rows = Delivery.objects.filter(notification__in=shown).select_related("digest")
    for row in rows.order_by("pk"):
        deliveries.setdefault(row.notification_id, []).append(row)
    parts = [
        "No text message about "
        + ("this alert" if len(late) == 1 else f"these {len(late)} alerts")
        + " has reached anybody in time. Whoever is on call may not know of it.",
        *(_alert(alert, deliveries.get(alert.pk, [])) for alert in shown),
    ]
    if len(late) > SHOWN:
        parts.append(f"... and {len(late) - SHOWN} more.")
    parts.append(
        "Look after what broke first. Then find out why the messages did not arrive; each has "
        f"its reason here:\n{deliveries_url(project)}\n"
        "A message that is still on its way may yet arrive."
    )
    return "\n\n".join(parts)


def _alert(alert: Notification, rows: Sequence[Delivery]) -> str:
    text = rows[0].body if rows else alert.title
    fates = Counter((bool(row.recipient), _fate(row)) for row in rows)
    lines = [f"{alert.created_at:%Y-%m-%d %H:%M} UTC", text]
    for (has_recipient, fate), count in fates.items():
        whom = counted(count, "recipient") if has_recipient else "Nobody"
        lines.append(f"{whom}: {fate}")
    return "\n".join(lines if rows else [*lines, "There was no recipient."])


def _fate(row: Delivery) -> str:
    # A chat room may read it, so the number that a reason names is masked.
    fate = f"{row.get_state_display()}. "
    if row.digest is None:
        return (fate + told(row.reason, row.recipient)).strip()
    reason = told(row.digest.reason, row.digest.recipient)
    return f"{fate}The digest: {row.digest.get_state_display()}. {reason}".strip()
