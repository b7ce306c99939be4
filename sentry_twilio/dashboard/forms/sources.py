"""The forms about other trackers that report here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet

from sentry_twilio.core.addresses import web_address
from sentry_twilio.core.options import KEPT
from sentry_twilio.projects.models import Project
from sentry_twilio.sources.kinds import KINDS, Kind
from sentry_twilio.sources.models import ForeignProject, Source

if TYPE_CHECKING:
    _SourceForm = forms.ModelForm[Source]
else:
    _SourceForm = forms.ModelForm


def _secret(label: str, help_text: str) -> forms.CharField:
    widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"})
    return forms.CharField(
        label=label, required=False, max_length=200, widget=widget, help_text=help_text
    )


class SourceForm(_SourceForm):
    """What can be said of a source of a kind; only the fields that mean something to it.

    `stored`: the secrets that it has. They are never rendered, and an empty field keeps them.
    """

    secret = _secret(
        "Client Secret",
        "On the integration's page in Sentry, once it is saved. It proves that calls are Sentry's.",
    )
    token = _secret(
        "Token",
        "Optional. An auth token of the integration, to resolve and archive in Sentry from here.",
    )

    class Meta:
        model = Source
        fields = (
            "name",
            "base_url",
            "secret",
            "organization",
            "token",
            "tells_unasked",
            "tells_over",
            "takes_unmapped",
            "is_signed",
        )
        labels = {
            "base_url": "Address of the tracker",
            "organization": "Organisation's slug",
            "tells_unasked": "Text new and returning issues without an alert rule, too",
            "tells_over": "Text when it is over",
            "takes_unmapped": "Alerts of projects that are not mapped come to this project",
            "is_signed": "Calls must be signed",
        }
        help_texts = {
            "name": "For yourself, e.g. “Sentry at work”.",
            "base_url": "As your browser shows it. Only links that lead there stand in a text.",
            "organization": "The word after /organizations/ in Sentry's addresses.",
            "tells_unasked": "Where the integration is subscribed to issues, Sentry tells of each.",
            "takes_unmapped": "Otherwise they wait until you map them, and nobody is told.",
            "is_signed": "Switch it off only where the sender cannot sign. Then the URL is all "
            "the proof there is.",
        }

    def __init__(self, *args: Any, stored: dict[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = KINDS[self.instance.kind]
        for name in _unused(self.kind):
            del self.fields[name]
        for name in ("secret", "token"):
            if name in self.fields and name in (stored or {}):
                self.fields[name].widget.attrs["placeholder"] = KEPT

    def clean_base_url(self) -> str:
        url: str = self.cleaned_data["base_url"].strip().rstrip("/")
        if not url:
            return ""
        parts = web_address(url)
        if not parts or "@" in parts.netloc:
            raise forms.ValidationError(
                "Enter the address as your browser shows it, as https://bugs.example.com."
            )
        # A page's path says nothing: links and calls go by the host.
        return f"{parts.scheme}://{parts.netloc}"

    def secrets(self) -> dict[str, str]:
        """The secrets that were entered."""
        return {
            name: value
            for name in ("secret", "token")
            if (value := self.cleaned_data.get(name, "").strip())
        }


def _unused(kind: Kind) -> set[str]:
    unused = {
        "secret": kind.verify is None or kind.makes_own_secret,
        "token": not kind.has_token,
        "organization": not kind.has_token,
        "tells_unasked": not kind.has_token,
        "tells_over": not kind.reports_ends,
        "takes_unmapped": not kind.has_projects,
        "is_signed": not kind.may_be_unsigned,
    }
    return {name for name, is_unused in unused.items() if is_unused}


class MapForm(forms.Form):
    """Where a project of the tracker belongs: one of those that the viewer looks after."""

    NOBODY = "nobody"

    def __init__(
        self, row: ForeignProject, projects: QuerySet[Project], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.NOBODY if row.is_ignored else str(row.project_id or "")
        choices = [("", "Not mapped"), *((str(one.pk), one.name) for one in projects)]
        # One that somebody else mapped to a project of theirs stays what it is.
        if row.project and chosen not in dict(choices):
            choices.append((chosen, "Another project"))
        self.fields["to"] = forms.ChoiceField(
            label="Alerts go to",
            required=False,
            choices=[*choices, (self.NOBODY, "Nobody")],
            initial=chosen,
            widget=forms.Select(attrs={"aria-label": f"Alerts of {row} go to"}),
        )
