"""Making a project with everything it needs from its first minute."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.dispatch import Signal
from django.utils.text import slugify

from sentry_twilio.projects.access import record
from sentry_twilio.projects.models import Membership, Project, ProjectKey, Role
from sentry_twilio.projects.transactions import writing

project_created = Signal()
"""Sent inside the creating transaction with `project`: other rooms add what they keep of one."""


RESERVED = frozenset({"new"})
"""Slugs that would hide a project behind a page of the dashboard."""


def create_project(name: str, owner: User) -> Project:
    """A project with one DSN key, and its owner as admin."""
    with writing(one_at_a_time="slug"):
        project = Project.objects.create(name=name, slug=_free_slug(name))
        ProjectKey.objects.create(project=project)
        Membership.objects.create(project=project, user=owner, role=Role.ADMIN)
        project_created.send(Project, project=project)
        record(owner, f"Made the project {name}", project)
    return project


def _free_slug(name: str) -> str:
    base = slugify(name)[:70] or "project"
    taken = set(Project.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    taken |= RESERVED
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug
