"""What is known of senders, across projects, workers and machines."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from sentry_twilio.projects.models import Project


class KnownSender(models.Model):
    """A sender by its key, and how wide its gate is open. No row: wide open.

    A provider that says "too many requests" closes the gate for everybody; then it opens
    gradually (`gate`).
    """

    key = models.CharField(max_length=120, primary_key=True)
    closed_until = models.DateTimeField(null=True, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)  # at the same time; None: any
    closings = models.PositiveSmallIntegerField(default=0)  # in a row, without an acceptance
    changed_at = models.DateTimeField(null=True, blank=True)
    # When a recipient's message to this sender last reached us. Never: a START could not either.
    inbound_at = models.DateTimeField(null=True, blank=True)
    # When one came last of a project to which the provider had not accepted a message yet. What
    # proves it may be made up, so it is shown and nothing else.
    unproved_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.key


class Halt(models.Model):
    """Why a project sends nothing through a plugin: its credentials are not accepted."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="halts")
    plugin = models.CharField(max_length=40)
    code = models.IntegerField(null=True, blank=True)
    reason = models.TextField()
    since = models.DateTimeField(default=timezone.now)
    # When to ask the provider whether they are accepted again, and how often that was done.
    check_at = models.DateTimeField(default=timezone.now, db_index=True)
    checks = models.PositiveIntegerField(default=0)
    # They seem to be accepted again: one message may go, and shows whether it is true.
    on_trial = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("project", "plugin"), name="one_halt_per_plugin")
        ]

    def __str__(self) -> str:
        return f"{self.plugin} halted in project {self.project_id}"
