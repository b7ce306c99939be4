"""The form of a named group of recipients, or of a named sender."""

from __future__ import annotations

from typing import Any

from django import forms

from sentry_twilio.core import plugins
from sentry_twilio.core.options import installed
from sentry_twilio.projects.models import Project
from sentry_twilio.sources import groups, routing


class GroupForm(forms.Form):
    """A name for recipients, or for a sender, that rules elsewhere may choose."""

    what = forms.ChoiceField(
        label="What", choices=[("recipients", "Recipients"), ("sender", "A sender")]
    )
    name = forms.CharField(
        label="Name",
        max_length=groups.LONGEST_NAME,
        help_text="Other trackers see it, e.g. “Night shift”.",
    )
    value = forms.CharField(
        label="Numbers",
        help_text="Phone numbers, or the one that texts are sent from. Other trackers never see "
        "them.",
    )

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        self.project = project
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """The value as a plugin understands it, or that plugin's sentence beside it."""
        found: dict[str, Any] = self.cleaned_data
        if {"what", "value"} <= found.keys():
            stored = installed().all(self.project)
            for plugin in plugins.all():
                values = stored.get(plugin.conf_key, {})
                _, problem = routing.clean(plugin, values, {found["what"]: found["value"]})
                if problem:
                    self.add_error("value", problem)
        return found
