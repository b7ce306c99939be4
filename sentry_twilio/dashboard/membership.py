"""Changing who belongs to a project, which is never left without an admin."""

from __future__ import annotations

from django.contrib.auth.models import User

from sentry_twilio.projects.access import record
from sentry_twilio.projects.models import Membership, Project, Role
from sentry_twilio.projects.transactions import writing


def change_role(project: Project, membership_id: int, role: Role, by: User) -> str:
    """Give a member another role. Returns what stands against it, or nothing."""
    with writing():
        membership = _find(project, membership_id)
        if membership is None:
            return "This person is no longer a member."
        if role != Role.ADMIN and _is_last_admin(membership):
            return _last_admin(membership)
        if membership.role != role:
            membership.role = role
            membership.save(update_fields=["role"])
            record(by, f"Made {membership.user.get_username()} {_a(role)}", project)
    return ""


def remove(project: Project, membership_id: int, by: User) -> str:
    """Take a member out. Returns what stands against it, or nothing."""
    with writing():
        membership = _find(project, membership_id)
        if membership is None:
            return ""
        if _is_last_admin(membership):
            return _last_admin(membership)
        membership.delete()
        record(by, f"Removed {membership.user.get_username()}", project)
    return ""


def _find(project: Project, membership_id: int) -> Membership | None:
    # All of the project's are locked: two admins who remove each other at once must not both
    # be let.
    rows = Membership.objects.select_for_update(of=("self",)).filter(project=project)
    found = {row.pk: row for row in rows.select_related("user")}
    return found.get(membership_id)


def _is_last_admin(membership: Membership) -> bool:
    if membership.role != Role.ADMIN:
        return False
    others = Membership.objects.filter(project=membership.project_id, role=Role.ADMIN)
    return not others.exclude(pk=membership.pk).exists()


def _last_admin(membership: Membership) -> str:
    return (
        f"{membership.user.get_username()} is the project's last admin, and somebody has to be "
        "able to change its settings. Make another member an admin first."
    )


def _a(role: Role) -> str:
    return "an admin" if role == Role.ADMIN else "a member"
