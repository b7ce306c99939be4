"""Issues, their newest events, and the rules that decide who is told."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.utils import timezone

from sentry_twilio.core import LEVELS
from sentry_twilio.projects.models import Project

LEVEL_CHOICES = [(level, level.capitalize()) for level in LEVELS]

# No more digits than a number of the database has.
_GROUP = re.compile(r"issue:([1-9][0-9]{0,17})")


class Issue(models.Model):
    """Events that are the same problem."""

    class Status(models.TextChoices):
        UNRESOLVED = "unresolved", "Unresolved"
        RESOLVED = "resolved", "Resolved"
        MUTED = "muted", "Muted"

    project = models.ForeignKey(Project, models.CASCADE, related_name="issues")
    fingerprint = models.CharField(max_length=64)  # hex SHA-256, see `grouping`
    title = models.CharField(max_length=500)
    culprit = models.CharField(max_length=300, blank=True)
    level = models.CharField(max_length=10, choices=LEVEL_CHOICES, default="error")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.UNRESOLVED)
    muted_until = models.DateTimeField(null=True, blank=True)  # None while muted: for good
    times_seen = models.PositiveIntegerField(default=1)
    first_seen = models.DateTimeField(default=timezone.now)
    last_seen = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("project", "fingerprint"), name="one_issue_per_fingerprint"
            )
        ]
        indexes = [
            models.Index(fields=("project", "status", "-last_seen"), name="issue_by_last_seen")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def group(self) -> str:
        """The stable id under which alerts and deliveries know this issue."""
        return f"issue:{self.pk}"

    @staticmethod
    def of_groups(project_id: int, groups: Iterable[str]) -> models.QuerySet[Issue]:
        """The project's issues behind these groups; none for a test, or where it is gone."""
        ids = [int(found[1]) for group in groups if (found := _GROUP.fullmatch(group))]
        return Issue.objects.filter(project=project_id, pk__in=ids)

    @property
    def url(self) -> str:
        """The issue's page on this host."""
        return f"{settings.PUBLIC_URL}/projects/{self.project.slug}/issues/{self.pk}/"


class Event(models.Model):
    """One report of an SDK, kept whole until it is pruned."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="events")
    issue = models.ForeignKey(Issue, models.CASCADE, related_name="events")
    event_id = models.CharField(max_length=32)
    title = models.CharField(max_length=500)
    level = models.CharField(max_length=10, choices=LEVEL_CHOICES)
    environment = models.CharField(max_length=64, blank=True)
    release = models.CharField(max_length=200, blank=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)
    data = models.JSONField()

    class Meta:
        constraints = [
            # An SDK that sends an event again is answered as the first time, and counts once.
            models.UniqueConstraint(fields=("project", "event_id"), name="one_row_per_event")
        ]
        indexes = [models.Index(fields=("issue", "-id"), name="event_by_issue")]

    def __str__(self) -> str:
        return f"{self.event_id}: {self.title}"


class Rule(models.Model):
    """When to tell people. All of its conditions must hold."""

    class Trigger(models.TextChoices):
        NEW = "new", "An issue is new"
        REGRESSED = "regressed", "A resolved issue comes back"
        NEW_OR_REGRESSED = "new_or_regressed", "An issue is new or comes back"
        REAPPEARED = "reappeared", "An issue is seen again after its mute ended"
        FREQUENT = "frequent", "An issue is seen more often than a limit"
        EVERY = "every", "Any event, at most once an interval"

    class Window(models.IntegerChoices):
        FIVE_MINUTES = 300, "5 minutes"
        QUARTER = 900, "15 minutes"
        HOUR = 3600, "1 hour"
        DAY = 86400, "1 day"
        WEEK = 604800, "1 week"

    project = models.ForeignKey(Project, models.CASCADE, related_name="rules")
    name = models.CharField(max_length=80)
    is_active = models.BooleanField(default=True)
    trigger = models.CharField(
        max_length=20, choices=Trigger.choices, default=Trigger.NEW_OR_REGRESSED
    )
    threshold = models.PositiveIntegerField(default=100)  # for FREQUENT: more than so many
    window = models.PositiveIntegerField(choices=Window.choices, default=Window.HOUR)
    level = models.CharField(max_length=10, choices=LEVEL_CHOICES, default="error")  # or worse
    environment = models.CharField(max_length=64, blank=True)  # empty: any
    tag = models.CharField(max_length=200, blank=True)  # "key=value"; empty: any
    interval = models.PositiveIntegerField(default=30)  # minutes between two texts per issue
    snoozed_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.name


class Firing(models.Model):
    """When a rule last fired for an issue. Claiming it is what keeps two processes apart."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="firings")
    issue = models.ForeignKey(Issue, models.CASCADE, related_name="firings")
    fired_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("rule", "issue"), name="one_firing_per_rule_and_issue")
        ]

    def __str__(self) -> str:
        return f"Rule {self.rule_id} fired for issue {self.issue_id} at {self.fired_at}"


class Tally(models.Model):
    """Events of an issue since the start of one slot of a FREQUENT rule's window.

    Kept apart from the events, which are pruned, and only where such a rule is active.
    """

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="tallies")
    issue = models.ForeignKey(Issue, models.CASCADE, related_name="tallies")
    slot = models.BigIntegerField()  # its start, in seconds since 1970
    count = models.PositiveIntegerField()

    class Meta:
        verbose_name_plural = "tallies"
        constraints = [
            models.UniqueConstraint(fields=("rule", "issue", "slot"), name="one_tally_per_slot")
        ]

    def __str__(self) -> str:
        return f"Rule {self.rule_id}, issue {self.issue_id}: {self.count} since {self.slot}"
