"""The outbox: what is to be sent, what is on its way, and what became of it."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Q
from django.utils import timezone

from sentry_twilio.core import LEVELS, REASONS
from sentry_twilio.delivery.lanes import Lane
from sentry_twilio.delivery.models.fallback import FallbackMessage
from sentry_twilio.delivery.states import State
from sentry_twilio.projects.models import Project


def new_token() -> str:
    """A name for an attempt that nobody can guess: it stands in the report's URL."""
    return secrets.token_urlsafe(16)


class Notification(models.Model):
    """One firing about one alert."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="notifications")
    plugin = models.CharField(max_length=40)
    group = models.CharField(max_length=200)
    title = models.CharField(max_length=200)
    level = models.CharField(max_length=10, choices=[(level, level) for level in LEVELS])
    reason = models.CharField(max_length=12, choices=[(reason, reason) for reason in REASONS])
    alert = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    # When to look whether it has reached anybody; None: that is settled.
    watch_at = models.DateTimeField(null=True, blank=True)
    # What told of it where no text message did in time.
    fallback = models.ForeignKey(
        FallbackMessage, models.SET_NULL, null=True, blank=True, related_name="notifications"
    )

    class Meta:
        indexes = [
            models.Index(fields=("project", "group"), name="notification_by_group"),
            models.Index(fields=("created_at",), name="notification_by_time"),
            models.Index(
                fields=("watch_at",),
                name="notification_watched",
                condition=Q(watch_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason}: {self.title}"


class Delivery(models.Model):
    """One message on its way to one recipient."""

    notification = models.ForeignKey(Notification, models.CASCADE, related_name="deliveries")
    project = models.ForeignKey(Project, models.CASCADE, related_name="deliveries")
    plugin = models.CharField(max_length=40)
    recipient = models.CharField(max_length=64)
    body = models.TextField()
    lane = models.CharField(max_length=8, choices=Lane.choices, default=Lane.NORMAL)
    # The account and sender it goes through, as `Sender.key` names them. Written at the door,
    # and again where the settings are others by the time it is sent.
    sender_key = models.CharField(max_length=120, blank=True)
    # The options that name a sender of its own, instead of the project's; never secrets.
    overrides = models.JSONField(default=dict, blank=True)
    # Whether the alert named its recipients itself, instead of the plugin's settings.
    is_routed = models.BooleanField(default=False)

    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    status = models.CharField(max_length=20, blank=True)  # the provider's own word
    code = models.IntegerField(null=True, blank=True)
    reason = models.TextField(blank=True)  # one sentence for a person
    sid = models.CharField(max_length=64, blank=True)
    segments = models.PositiveSmallIntegerField(default=0)  # counted by us, then by the provider
    possibly_repeated = models.BooleanField(default=False)

    # The next moment at which a worker has something to do here (send, look up, ask for the
    # status), or None. One column and one index serve all three.
    due_at = models.DateTimeField(null=True, blank=True, default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease = models.CharField(max_length=16, blank=True)  # names one taking, not a worker
    tries = models.PositiveIntegerField(default=0)  # how often it was sent
    questions = models.PositiveSmallIntegerField(default=0)  # those answered in this state
    expects_callback = models.BooleanField(default=False)
    # Names sender, recipient and text (`twins`): of those that have them in common, one is on
    # its way at a time, or one would be taken for the other.
    twin_key = models.CharField(max_length=43, blank=True)

    # When its caps let it go. None: they have not been asked yet.
    slot_at = models.DateTimeField(null=True, blank=True)
    # Since when it waits to be named in a digest; None: it does not.
    digest_since = models.DateTimeField(null=True, blank=True)
    # The digest that stood for it.
    digest = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="stood_for"
    )
    # The delivery that failed and that this one repeats; once at most.
    repeats = models.OneToOneField(
        "self", models.CASCADE, null=True, blank=True, related_name="repetition"
    )

    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [
            # Only what is still to be done is in it, so a million old rows cost nothing.
            models.Index(
                fields=("due_at",), name="delivery_due", condition=Q(due_at__isnull=False)
            ),
            models.Index(fields=("project", "-id"), name="delivery_by_project"),
            # Whoever is on its way is due. The constraint's own index does not serve a look:
            # SQLite cannot know that a parameter is one of the states in its condition.
            models.Index(
                fields=("twin_key",), name="delivery_twins", condition=Q(due_at__isnull=False)
            ),
            models.Index(fields=("state",), name="delivery_by_state"),
            # What the caps count.
            models.Index(
                fields=("recipient", "slot_at"),
                name="delivery_slots",
                condition=Q(slot_at__isnull=False),
            ),
            models.Index(
                fields=("project", "slot_at"),
                name="delivery_project_slots",
                condition=Q(slot_at__isnull=False),
            ),
            models.Index(
                fields=("project", "plugin", "recipient"),
                name="delivery_for_digest",
                condition=Q(digest_since__isnull=False),
            ),
        ]
        constraints = [
            # A provider's id belongs to one message: no two deliveries can adopt the same.
            models.UniqueConstraint(
                fields=("plugin", "sid"), name="one_delivery_per_sid", condition=~Q(sid="")
            ),
            models.UniqueConstraint(
                fields=("twin_key",),
                name="one_twin_on_its_way",
                condition=Q(state__in=(State.SENDING, State.UNKNOWN)) & ~Q(twin_key=""),
            ),
        ]

    def __str__(self) -> str:
        return f"Delivery {self.pk} ({self.state})"

    @property
    def is_final(self) -> bool:
        return self.due_at is None and self.finished_at is not None


class Attempt(models.Model):
    """One request that carried a delivery to its provider. Written before the request."""

    class Outcome(models.TextChoices):
        IN_FLIGHT = "", "No answer yet"
        ACCEPTED = "accepted", "Accepted"
        REFUSED = "refused", "Refused"
        UNKNOWN = "unknown", "Unknown"

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    token = models.CharField(max_length=32, unique=True, default=new_token)
    # The account and sender that it went through, as `Sender.key` names them: after a change
    # of settings, asking the new ones about it would find nothing.
    sender_key = models.CharField(max_length=120, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    seconds = models.FloatField(null=True, blank=True)
    outcome = models.CharField(
        max_length=10, choices=Outcome.choices, default=Outcome.IN_FLIGHT, blank=True
    )
    code = models.IntegerField(null=True, blank=True)
    reason = models.TextField(blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(fields=("delivery", "number"), name="attempts_are_counted")
        ]

    def __str__(self) -> str:
        return f"Attempt {self.number} of delivery {self.delivery_id}"
