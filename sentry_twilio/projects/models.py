"""Projects, who may see them, and what is configured for them."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.utils import timezone


def new_public_key() -> str:
    """32 hex characters, as SDKs expect the public part of a DSN."""
    return secrets.token_hex(16)


class Project(models.Model):
    """An application whose errors come here, and who is told."""

    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=80, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    event_limit = models.PositiveIntegerField(
        null=True, blank=True, help_text="Events a minute; empty means the instance's default."
    )

    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Membership", related_name="projects"
    )

    class Meta:
        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name


class ProjectKey(models.Model):
    """The key in a DSN. In a browser it is public, which is why it has a limit of its own."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="keys")
    public_key = models.CharField(max_length=32, unique=True, default=new_public_key)
    label = models.CharField(max_length=80, default="Default")
    is_active = models.BooleanField(default=True)
    event_limit = models.PositiveIntegerField(
        null=True, blank=True, help_text="Events a minute; empty means the instance's default."
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.label} ({self.public_key[:6]}…)"


class Role(models.TextChoices):
    MEMBER = "member", "Member"
    ADMIN = "admin", "Admin"


class Membership(models.Model):
    """A member sees the project's issues and deliveries; an admin changes its settings too."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("project", "user"), name="one_membership_each")
        ]
        ordering = ("user__username",)

    def __str__(self) -> str:
        return f"{self.user} in {self.project} ({self.role})"


class Invitation(models.Model):
    """A link that makes whoever opens it a member. Only a hash of its token is kept."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Invitation to {self.project} until {self.expires_at:%Y-%m-%d}"


class PluginOption(models.Model):
    """One option of a plugin in a project; the value is encrypted (see `crypto`)."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="plugin_options")
    conf_key = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    ciphertext = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("project", "conf_key", "name"), name="one_value_per_option"
            )
        ]

    def __str__(self) -> str:
        return f"{self.conf_key}:{self.name} of project {self.project_id}"


class AuditEntry(models.Model):
    """Who changed what, and when. Never holds a secret's value."""

    project = models.ForeignKey(
        Project, models.CASCADE, null=True, blank=True, related_name="audit_entries"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor}: {self.action}"


class Usage(models.Model):
    """How much of a quota is used in its current window (see `quota`)."""

    scope = models.CharField(max_length=120, primary_key=True)
    window = models.BigIntegerField()
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.scope}: {self.count}"
