"""Taking over projects, senders and recipients of Sentry's own Twilio plugin."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.db import transaction

from sentry_twilio.core import plugins
from sentry_twilio.core.options import installed
from sentry_twilio.core.plugin import ENABLED
from sentry_twilio.projects.access import record
from sentry_twilio.projects.creation import RESERVED, create_project
from sentry_twilio.projects.models import Project
from sentry_twilio.projects.transactions import writing
from sentry_twilio.sources.sentry_options import Found

PLUGIN = "twilio"


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What became of one project of Sentry. `is_there`: it was left alone, since its slug was
    taken here before. `slug` is the new project's here, `was_off` whether Sentry sent nothing for
    it. `problems` are the plugin's sentences about options that it would not take."""

    found: Found
    is_there: bool = False
    slug: str = ""
    was_off: bool = False
    stored: tuple[str, ...] = ()
    problems: dict[str, str] = field(default_factory=dict)


def take_over(found: Sequence[Found], owner: User, dry_run: bool = False) -> list[TakenOver]:
    """Make a project for each of Sentry's, all or none; a dry run makes them and takes them back.

    Two organisations of Sentry may have a project of one slug each: both are taken over, and the
    second gets another slug.
    """
    with writing(one_at_a_time="slug"), transaction.atomic():
        wanted = {project.slug for project in found}
        there = set(Project.objects.filter(slug__in=wanted).values_list("slug", flat=True))
        taken = [_one(project, owner, there) for project in found]
        if dry_run:
            transaction.set_rollback(True)
    return taken


def _one(found: Found, owner: User, there: Collection[str]) -> TakenOver:
    """A project with the options that the plugin takes.

    Sentry's plugin stored numbers that it never checked: what is wrong is left out and said.
    """
    if found.slug in there:
        return TakenOver(found, is_there=True)
    plugin = plugins.get(PLUGIN)
    values, problems = plugin.clean(found.options)
    stored = tuple(sorted(values))
    # Sentry's is off until somebody enables it, ours is on.
    was_off = found.options.get("enabled") != "1"
    if was_off:
        values[ENABLED] = "0"
    project = create_project(found.name, owner)
    if _is_free(found.slug):
        # As it is in Sentry: a source's calls name it so.
        project.slug = found.slug
        project.save(update_fields=["slug"])
    installed().set(project, plugin.conf_key, values)
    record(owner, f"Took over {found.name} from Sentry", project)
    return TakenOver(found, slug=project.slug, was_off=was_off, stored=stored, problems=problems)


def _is_free(slug: str) -> bool:
    if not slug or slug in RESERVED:
        return False
    return not Project.objects.filter(slug=slug).exists()
