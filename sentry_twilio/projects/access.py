"""Who may see and change which project."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet

from sentry_twilio.projects.models import AuditEntry, Membership, Project, Role


def visible_to(user: User | AnonymousUser) -> QuerySet[Project]:
    """The projects a person sees: their own, or all for the instance's admins."""
    if not user.is_authenticated:
        return Project.objects.none()
    if user.is_superuser:
        return Project.objects.all()
    return Project.objects.filter(memberships__user=user)


def administered_by(user: User | AnonymousUser) -> QuerySet[Project]:
    """The projects whose settings a person may change."""
    if user.is_superuser or not user.is_authenticated:
        return visible_to(user)
    return Project.objects.filter(memberships__user=user, memberships__role=Role.ADMIN)


def is_admin(user: User | AnonymousUser, project: Project) -> bool:
    """Whether a person may see and change the project's settings."""
    if not user.is_authenticated:
        return False
    return (
        user.is_superuser
        or Membership.objects.filter(project=project, user=user, role=Role.ADMIN).exists()
    )


def record(user: User | AnonymousUser | None, action: str, project: Project | None = None) -> None:
    """Write down who did what. `action` is a sentence without secrets."""
    known = user if isinstance(user, User) else None
    AuditEntry.objects.create(
        project=project,
        user=known,
        actor=known.get_username() if known else "system",
        action=action[:200],
    )
