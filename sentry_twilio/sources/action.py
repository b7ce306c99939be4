"""Sentry's alert rule action "Send SMS": the schema to paste, and what Sentry asks about it.

https://docs.sentry.io/integrations/integration-platform/ui-components/alert-rule-action/
"""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from sentry_twilio.projects.models import Project
from sentry_twilio.sources import mapping, routing
from sentry_twilio.sources.hook import NotUnderstood
from sentry_twilio.sources.models import Source
from sentry_twilio.sources.sentry_settings import pairs

DESCRIPTION = "Text people through Twilio. Groups and senders are those of your sentry_twilio host."


def schema(source: Source, key: str) -> dict[str, Any]:
    """What to paste into the integration. Sentry puts the paths behind the webhook's host."""

    def select(what: str, label: str) -> dict[str, str]:
        uri = reverse("hook-choices", args=[source.kind, key, what])
        return {"type": "select", "name": what, "label": label, "uri": uri}

    return {
        "elements": [
            {
                "type": "alert-rule-action",
                "title": "Send SMS",
                "settings": {
                    "type": "alert-rule-settings",
                    "uri": reverse("hook-action", args=[source.kind, key]),
                    "description": DESCRIPTION,
                    # Sentry takes no empty list here.
                    "required_fields": [select(routing.RECIPIENTS, "Recipients")],
                    "optional_fields": [
                        select(routing.SENDER, "Sender"),
                        {"type": "text", "name": routing.NUMBERS, "label": "Or only these numbers"},
                    ],
                },
            }
        ]
    }


def problem_of(source: Source, data: dict[str, Any]) -> str:
    """What is wrong with the settings that somebody saves in Sentry, or "".

    Sentry does not say of which project the rule is, so they must fit one of those that the
    source's alerts go to. Raises `NotUnderstood`.
    """
    if not isinstance(data.get("fields"), list):
        raise NotUnderstood("`fields` is missing, or no list.")
    settings = dict(pairs(data["fields"]))
    problems = [routing.resolve(project, settings).problem for project in _projects(source)]
    return "" if "" in problems else problems[0]


def project_of(source: Source, slug: str) -> Project:
    """Whose groups a select field offers: those of the project that Sentry's is mapped to."""
    row = source.foreign_projects.filter(slug=slug).exclude(project=None).first() if slug else None
    return row.project if row and row.project else source.project


def _projects(source: Source) -> list[Project]:
    return [source.project, *mapping.mapped(source)]
