"""Recipients whom a project's last message could not reach. The mark warns; it mutes nobody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sentry_twilio.delivery.models import BadRecipient, Delivery
from sentry_twilio.delivery.states import State


def mark(row: Delivery, code: int | None, reason: str, now: datetime) -> None:
    """The delivery's recipient cannot be reached; `reason` is a sentence for a person.

    A recipient who is marked already stays so since then, for the latest reason. No mark where
    a message that was sent later has arrived: the report about this one was overtaken.
    """
    if row.slot_at is not None and _later_arrived(row, row.slot_at):
        return
    BadRecipient.objects.bulk_create(
        [
            BadRecipient(
                project_id=row.project_id,
                plugin=row.plugin,
                recipient=row.recipient,
                code=code,
                reason=reason,
                since=now,
            )
        ],
        update_conflicts=True,
        unique_fields=["project", "plugin", "recipient"],
        update_fields=["code", "reason"],
    )


def clear(rows: Iterable[Delivery]) -> None:
    """The deliveries have arrived, so their recipients can be reached.

    That the provider accepted a message would not say so: a bad number is often found out
    later, by the carrier. One statement where nobody is marked.
    """
    arrived = {(row.project_id, row.plugin, row.recipient) for row in rows}
    if not arrived:
        return
    marks = BadRecipient.objects.filter(
        project__in={project for project, _, _ in arrived},
        recipient__in={recipient for _, _, recipient in arrived},
    )
    over = [
        found.pk for found in marks if (found.project_id, found.plugin, found.recipient) in arrived
    ]
    if over:
        BadRecipient.objects.filter(pk__in=over).delete()


def _later_arrived(row: Delivery, slot_at: datetime) -> bool:
    return Delivery.objects.filter(
        recipient=row.recipient,
        slot_at__gt=slot_at,
        state=State.DELIVERED,
        project=row.project_id,
        plugin=row.plugin,
    ).exists()
