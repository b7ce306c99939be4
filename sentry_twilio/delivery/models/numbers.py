"""What is counted as it happens, so that nobody has to count a million rows."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class SegmentCount(models.Model):
    """Segments that an account's messages were let go with, by hour (UTC)."""

    account = models.CharField(max_length=120)
    hour = models.DateTimeField()
    segments = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("account", "hour"), name="one_count_per_hour")
        ]

    def __str__(self) -> str:
        return f"{self.segments} segments of {self.account} at {self.hour:%Y-%m-%d %H}:00"


class AttemptCount(models.Model):
    """How many attempts ended so, and how long they took: a histogram for the metrics.

    `bucket` is the place of the attempt's duration among `counts.BUCKETS`; `code` 0 is none.
    """

    outcome = models.CharField(max_length=10)
    code = models.IntegerField(default=0)
    bucket = models.PositiveSmallIntegerField()
    count = models.PositiveBigIntegerField(default=0)
    seconds = models.FloatField(default=0)
    last_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("outcome", "code", "bucket"), name="one_count_per_outcome"
            )
        ]

    def __str__(self) -> str:
        return f"{self.count} of {self.outcome} {self.code}"


class WorkerHeartbeat(models.Model):
    """A sign of life of one worker, so that anybody can see whether something sends."""

    name = models.CharField(max_length=120, primary_key=True)
    beat_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name
