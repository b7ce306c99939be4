"""The forms about a project, its keys and its members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from sentry_twilio.projects.models import Project, ProjectKey, Role

if TYPE_CHECKING:
    _ProjectForm = forms.ModelForm[Project]
    _KeyForm = forms.ModelForm[ProjectKey]
else:
    _ProjectForm = _KeyForm = forms.ModelForm


class ProjectForm(_ProjectForm):
    """A project's own settings. Its slug stays what it was: links to its pages are in texts."""

    class Meta:
        model = Project
        fields = ("name", "event_limit")
        labels = {"event_limit": "Events a minute"}
        help_texts = {
            "event_limit": (
                "Above it, events are turned away until the next minute. 0 is no limit; leave it "
                "empty for the limit of this server."
            )
        }


class NewProjectForm(forms.Form):
    """A project needs no more than a name; `create_project` makes the rest."""

    name = forms.CharField(
        label="Name",
        max_length=80,
        help_text="It stands at the start of each text message, so a short one is best.",
        widget=forms.TextInput(attrs={"placeholder": "Web shop", "autocomplete": "off"}),
    )


class KeyForm(_KeyForm):
    """A key of a DSN: what it is for, and how much may come by it."""

    class Meta:
        model = ProjectKey
        fields = ("label", "event_limit", "is_active")
        labels = {"event_limit": "Events a minute", "is_active": "Accept events with this key"}
        help_texts = {
            "label": "Where this key is used, e.g. “Browser” or “Staging”.",
            "event_limit": "Empty is the limit of this server, 0 is no limit.",
        }


class InviteForm(forms.Form):
    """As what somebody is invited. Who it is shows when the link is used."""

    role = forms.ChoiceField(
        label="Role",
        choices=Role.choices,
        help_text="Members see issues and deliveries; admins change the settings too.",
    )


class DeleteForm(forms.Form):
    """Deleting cannot be undone, so its name has to be typed."""

    name = forms.CharField(
        label="Name of the project", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        self.project = project
        super().__init__(*args, **kwargs)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name != self.project.name:
            raise forms.ValidationError(
                f"This is not the project's name. Nothing was deleted; type “{self.project.name}”."
            )
        return name
