"""Taking over projects, senders and recipients of Sentry's own Twilio plugin."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.contrib.auth.models import User

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
    """What became of one project of Sentry. `is_there`: it was left alone, since its slug is
    taken here. `problems` are the plugin's sentences about options that it would not take."""

    found: Found
    is_there: bool = False
    stored: tuple[str, ...] = ()
    problems: dict[str, str] = field(default_factory=dict)


def take_over(found: Found, owner: User, dry_run: bool = False) -> TakenOver:
    """Make a project for one of Sentry's, with the options that the plugin takes.

    Sentry's plugin stored numbers that it never checked: what is wrong is left out and said.
    """
    if found.slug and Project.objects.filter(slug=found.slug).exists():
        return TakenOver(found, is_there=True)
    plugin = plugins.get(PLUGIN)
    values, problems = plugin.clean(found.options)
    if found.options.get("enabled") == "0":
        values[ENABLED] = "0"
    if not dry_run:
        with writing():
            project = create_project(found.name, owner)
            if found.slug and found.slug not in RESERVED:
                # As it is in Sentry: a source's calls name it so.
                project.slug = found.slug
                project.save(update_fields=["slug"])
            installed().set(project, plugin.conf_key, values)
            record(owner, f"Took over {found.name} from Sentry", project)
    return TakenOver(found, stored=tuple(sorted(values)), problems=problems)
