"""The other way to people, for what no text message brought to anybody in time."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from sentry_twilio.projects.models import Project


class FallbackMessage(models.Model):
    """What is told through the project's fallback: overdue alerts, a notice, or a trial."""

    class Kind(models.TextChoices):
        ALERTS = "alerts", "Alerts that reached nobody in time"
        NOTICE = "notice", "Something is wrong with the sending itself"
        TRIAL = "trial", "A trial of the fallback"

    project = models.ForeignKey(Project, models.CASCADE, related_name="fallback_messages")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    plugin = models.CharField(max_length=40, blank=True)  # that it is about, where it is about one
    subject = models.CharField(max_length=200)
    body = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.kind} of project {self.project_id}"


class FallbackTarget(models.Model):
    """A fallback message on its way to one e-mail address, or to the webhook."""

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        WEBHOOK = "webhook", "Webhook"

    class State(models.TextChoices):
        PENDING = "pending", "Waiting to be sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"

    message = models.ForeignKey(FallbackMessage, models.CASCADE, related_name="targets")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    address = models.CharField(max_length=254, blank=True)  # '' for the webhook: its URL is secret
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    reason = models.TextField(blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True, default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=("due_at",),
                name="fallback_due",
                condition=models.Q(due_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state} of fallback message {self.message_id}"
