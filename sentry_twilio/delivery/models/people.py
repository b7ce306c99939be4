"""What is known of recipients."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from sentry_twilio.projects.models import Project


class OptOut(models.Model):
    """A recipient who told a sender to stop. Holds for this pair and no other.

    https://www.twilio.com/docs/api/errors/21610
    """

    class Source(models.TextChoices):
        REFUSAL = "refusal", "The provider refused a message because of it"
        MESSAGE = "message", "The recipient wrote so"

    sender_key = models.CharField(max_length=120)
    recipient = models.CharField(max_length=64)
    source = models.CharField(max_length=8, choices=Source.choices)
    since = models.DateTimeField(default=timezone.now)
    # When the next real alert may try again, where a START would never be heard, or an admin
    # asked for it; None: when the recipient writes START.
    retry_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("sender_key", "recipient"), name="one_opt_out_per_pair")
        ]

    def __str__(self) -> str:
        return f"An opt-out from {self.sender_key}"


class BadRecipient(models.Model):
    """A recipient whom the last message of a project could not reach, and why. Warns only."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="bad_recipients")
    plugin = models.CharField(max_length=40)
    recipient = models.CharField(max_length=64)
    code = models.IntegerField(null=True, blank=True)
    reason = models.TextField()
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("project", "plugin", "recipient"), name="one_mark_per_recipient"
            )
        ]

    def __str__(self) -> str:
        return f"A bad recipient of project {self.project_id}"
