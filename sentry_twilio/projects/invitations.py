"""Letting a person in by a link, since a small host may have no mail server."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from sentry_twilio.projects.access import record
from sentry_twilio.projects.models import Invitation, Membership, Project, Role
from sentry_twilio.projects.transactions import writing

VALID_FOR = timedelta(days=7)


def invite(project: Project, role: str, inviter: User) -> str:
    """Make an invitation and return its token, which is shown once and not kept."""
    token = secrets.token_urlsafe(24)
    Invitation.objects.create(
        project=project,
        role=Role(role),
        token_hash=_hash(token),
        invited_by=inviter,
        expires_at=timezone.now() + VALID_FOR,
    )
    record(inviter, f"Made an invitation for a new {Role(role).label.lower()}", project)
    return token


def find(token: str) -> Invitation | None:
    """The open invitation of that token; None where it is wrong, used or too old."""
    return (
        Invitation.objects.select_related("project")
        .filter(token_hash=_hash(token), accepted_at=None, expires_at__gt=timezone.now())
        .first()
    )


def accept(invitation: Invitation, user: User) -> bool:
    """Make `user` a member; False where it was used or ran out by now. Never lowers a role."""
    now = timezone.now()
    with writing():
        taken = Invitation.objects.filter(
            pk=invitation.pk, accepted_at=None, expires_at__gt=now
        ).update(accepted_at=now)
        if not taken:
            return False
        membership, created = Membership.objects.get_or_create(
            project=invitation.project, user=user, defaults={"role": invitation.role}
        )
        if not created and invitation.role == Role.ADMIN:
            membership.role = Role.ADMIN
            membership.save(update_fields=["role"])
        record(user, f"Joined as {membership.get_role_display().lower()}", invitation.project)
    return True


def _hash(token: str) -> str:
    # The token is long and random, so a fast hash is as good as a slow one.
    return hashlib.sha256(token.encode()).hexdigest()
