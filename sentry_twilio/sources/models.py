"""Other trackers that report here, what they sent, and what became of it.

A source's secrets (its key, the tracker's client secret and API token) are not in these tables
but in the encrypted option store, see `vault`.
"""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from sentry_twilio.projects.models import Project
from sentry_twilio.tracker.models import Issue


class Source(models.Model):
    """A tracker's webhook. It belongs to a project, whose admins look after it."""

    class Over(models.TextChoices):
        NEVER = "never", "Never"
        WATCHED = "watched", "For metric alerts and monitors"
        ALWAYS = "always", "Also when an issue is resolved"

    project = models.ForeignKey(Project, models.CASCADE, related_name="sources")
    kind = models.CharField(max_length=20)  # see `kinds`
    name = models.CharField(max_length=80)
    key_digest = models.CharField(max_length=64, unique=True)  # hex SHA-256 of the URL's key
    base_url = models.CharField(max_length=200, blank=True)  # of the tracker: links lead there
    # What sets its issues apart from another tracker's. Never changed: an address that somebody
    # corrects would else make all issues new, and end their mutes.
    origin = models.CharField(max_length=200)
    organization = models.CharField(max_length=80, blank=True)  # its slug in Sentry
    tells_over = models.CharField(
        "Text when it is over", max_length=10, choices=Over.choices, default=Over.WATCHED
    )
    # Whether an issue that is new or comes back is told though no rule of the tracker asked.
    tells_unasked = models.BooleanField(default=True)
    # Alerts of projects that are not mapped go to `project`; otherwise they wait to be mapped.
    takes_unmapped = models.BooleanField(default=True)
    is_signed = models.BooleanField(default=True)  # only where the kind leaves the choice

    created_at = models.DateTimeField(default=timezone.now)
    rotated_at = models.DateTimeField(null=True, blank=True)
    # The key before it was rotated, in hex SHA-256, and the calls that still come by it.
    old_key_digest = models.CharField(max_length=64, blank=True)
    old_calls = models.PositiveIntegerField(default=0)
    last_old_at = models.DateTimeField(null=True, blank=True)
    calls = models.PositiveIntegerField(default=0)
    last_call_at = models.DateTimeField(null=True, blank=True)
    # Seconds between two calls, smoothed: what "unusually long" is measured by.
    usual_gap = models.FloatField(null=True, blank=True)
    bad_calls = models.PositiveIntegerField(default=0)
    last_bad_at = models.DateTimeField(null=True, blank=True)
    last_bad = models.CharField(max_length=300, blank=True)
    # Kinds of calls that are answered and not acted on, by name: how many came.
    left_alone = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.name


class ForeignProject(models.Model):
    """A project of the tracker that was heard of, and ours that its alerts belong to.

    Some calls name it by its id, some by its slug, some by both.
    """

    source = models.ForeignKey(Source, models.CASCADE, related_name="foreign_projects")
    foreign_id = models.CharField(max_length=40, blank=True)
    slug = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=100, blank=True)
    project = models.ForeignKey(
        Project, models.SET_NULL, null=True, blank=True, related_name="foreign_projects"
    )
    is_ignored = models.BooleanField(default=False)  # nobody is told
    calls = models.PositiveIntegerField(default=0)
    last_call_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("slug", "foreign_id")

    def __str__(self) -> str:
        return self.name or self.slug or f"project {self.foreign_id}"


class Call(models.Model):
    """One verified call, kept until it is processed; its hash for as long as it may come again."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        UNMAPPED = "unmapped", "Waits for its project to be mapped"
        FAILED = "failed", "Failed"

    source = models.ForeignKey(Source, models.CASCADE, related_name="inbox")
    dedupe_key = models.CharField(max_length=64)  # hex SHA-256
    resource = models.CharField(max_length=40, blank=True)
    body = models.BinaryField()  # as it came; emptied once it is done
    # Which of its alerts were dealt with, by their places in it, while others wait; None: none.
    done = models.JSONField(null=True, blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    processed_at = models.DateTimeField(null=True, blank=True)
    result = models.CharField(max_length=300, blank=True)  # what came of it, in a sentence
    # The issue that it was about; of several the first.
    issue = models.ForeignKey(Issue, models.SET_NULL, null=True, blank=True, related_name="calls")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("source", "dedupe_key"), name="one_row_per_call")
        ]
        indexes = [
            models.Index(fields=("id",), name="call_waiting", condition=models.Q(state="waiting")),
            models.Index(fields=("received_at",), name="call_by_age"),
        ]

    def __str__(self) -> str:
        return f"Call {self.pk} ({self.state})"


class ForeignIssue(models.Model):
    """An issue of ours that a source reports: where it lives there, and what was told of it."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        RESOLVED = "resolved", "Resolved"
        ARCHIVED = "archived", "Archived"

    issue = models.OneToOneField(Issue, models.CASCADE, related_name="foreign")
    source = models.ForeignKey(Source, models.CASCADE, related_name="foreign_issues")
    foreign_id = models.CharField(max_length=100)
    organization = models.CharField(max_length=80, blank=True)
    url = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    # What was told, and to whom: see `telling.Told`.
    told = models.JSONField(default=list, blank=True)
    # When it last was over, and which incident was: what began before and comes later is no news.
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_incident = models.CharField(max_length=60, blank=True)
    # It was muted here because it was archived there, and by nobody since: see `following`.
    muted_here = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.foreign_id} of {self.source}"
