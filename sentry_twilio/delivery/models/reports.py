"""What providers told us of their own accord."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from sentry_twilio.delivery.models.outbox import Delivery


class Callback(models.Model):
    """One request of a provider's, kept once however often it came."""

    class Kind(models.TextChoices):
        STATUS = "status", "Status of a message"
        OPT_OUT = "opt_out", "Opt-out"
        OPT_IN = "opt_in", "Opt-in"
        REPLY = "reply", "Reply"

    plugin = models.CharField(max_length=40)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    # What makes two of them the same: a status of a message, or an inbound message.
    fingerprint = models.CharField(max_length=64)
    delivery = models.ForeignKey(
        Delivery, models.CASCADE, null=True, blank=True, related_name="callbacks"
    )
    sid = models.CharField(max_length=64)
    status = models.CharField(max_length=20, blank=True)
    code = models.IntegerField(null=True, blank=True)
    sender_key = models.CharField(max_length=120, blank=True)
    recipient = models.CharField(max_length=64, blank=True)
    body = models.TextField(blank=True)
    times = models.PositiveIntegerField(default=1)
    received_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("plugin", "fingerprint"), name="one_row_per_callback")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.status} of {self.sid}"
