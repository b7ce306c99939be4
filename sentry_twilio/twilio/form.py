"""The settings of a project as a Django form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from sentry_twilio.core.options import KEPT
from sentry_twilio.twilio import options, template
from sentry_twilio.twilio.room import MAX_SEGMENTS
from sentry_twilio.twilio.sent_text import TRIAL_PREFIX


def _text(placeholder: str) -> forms.TextInput:
    return forms.TextInput(
        attrs={"placeholder": placeholder, "autocomplete": "off", "spellcheck": "false"}
    )


def _secret(placeholder: str) -> forms.PasswordInput:
    # "new-password" keeps a browser from filling in the password of the dashboard.
    return forms.PasswordInput(
        render_value=False, attrs={"placeholder": placeholder, "autocomplete": "new-password"}
    )


class TwilioConfigurationForm(forms.Form):
    """`stored`: the options that the project has. Its secrets are never rendered.

    Once valid, `cleaned_data` holds only the options that are set, normalised, and with the
    stored secrets for those that were left empty.
    """

    account_sid = forms.CharField(
        label="Account SID",
        widget=_text("AC…"),
        help_text="From the first page of the Twilio Console (console.twilio.com).",
    )
    auth_token = forms.CharField(
        label="Auth Token",
        required=False,
        strip=True,
        widget=_secret("32 characters"),
        help_text=(
            "Beside the Account SID. With an API key it is not needed for sending, but give it "
            "for delivery reports: only it proves that they come from Twilio."
        ),
    )
    secondary_auth_token = forms.CharField(
        label="Secondary Auth Token",
        required=False,
        strip=True,
        widget=_secret("Only while the Auth Token is being replaced"),
        help_text=(
            "To replace the Auth Token without losing a delivery report: enter the secondary one "
            "here, promote it at Twilio, then enter it as the Auth Token above."
        ),
    )
    api_key = forms.CharField(
        label="API key SID",
        required=False,
        widget=_text("SK…"),
        help_text="Optional. A key can be revoked on its own; an Auth Token opens everything.",
    )
    api_secret = forms.CharField(
        label="API key secret",
        required=False,
        widget=_secret("Shown by Twilio once, when the key is created"),
    )
    sms_from = forms.CharField(
        label="Sender",
        required=False,
        widget=_text("+14155552671"),
        help_text=(
            "A phone number, short code or sender name of your Twilio account. Leave it empty "
            "if you use a Messaging Service."
        ),
    )
    messaging_service_sid = forms.CharField(
        label="Messaging Service SID",
        required=False,
        widget=_text("MG…"),
        help_text="Optional, instead of a sender: Twilio chooses one of the service's numbers.",
    )
    sms_to = forms.CharField(
        label="Recipients",
        widget=forms.Textarea(
            attrs={"rows": 3, "placeholder": "+14155552671, (415) 555-2672", "spellcheck": "false"}
        ),
        help_text="Phone numbers, separated by commas or lines; abroad with the country code.",
    )
    sms_link = forms.BooleanField(
        label="Add a link to the issue",
        required=False,
        help_text="Where there is room for it beside the title.",
    )
    sms_segments = forms.IntegerField(
        label="Segments a message",
        required=False,
        min_value=1,
        max_value=MAX_SEGMENTS,
        help_text=(
            "Twilio charges by the segment: 160 plain characters, or 70 where a letter such as "
            "ж or ł is among them. Longer texts are shortened."
        ),
    )
    sms_template = forms.CharField(
        label="Text of a message",
        required=False,
        widget=forms.Textarea(
            attrs={
                "rows": 2,
                "placeholder": "Sentry [{project}] {level}: {title} {link}",
                "spellcheck": "false",
            }
        ),
        help_text=(
            f"Leave it empty for the usual text. {template.KNOWN} Where there is no room for all "
            "of them, the rule goes first, then release, environment and culprit; the title is "
            "shortened next, and the link goes before the title has less than 20 characters."
        ),
    )
    sms_plain = forms.ChoiceField(
        label="Curly quotes, dashes and the like",
        required=False,
        choices=[("", "Send their plain form"), ("0", "Send them as they are")],
        help_text=(
            "A single one can more than double the price of a message. Letters are never replaced."
        ),
    )
    sms_trial = forms.BooleanField(
        label="This is a trial account",
        required=False,
        help_text=(
            f"Twilio puts “{TRIAL_PREFIX.strip(' -')}” before each message, which takes room "
            "from it. Untick it once the account is upgraded."
        ),
    )

    def __init__(self, *args: Any, stored: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        self.stored: dict[str, str] = dict(stored or {})
        shown = {
            name: value
            for name, value in self.stored.items()
            if name in options.NAMES and name not in options.SECRETS
        }
        is_new = not any(name in options.NAMES for name in self.stored)
        shown_link = is_new or self.stored.get("sms_link") == "1"
        kwargs["initial"] = {
            "sms_segments": 1,
            **shown,
            "sms_link": shown_link,
            "sms_trial": self.stored.get("sms_trial") == "1",
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, **kwargs)
        for name in options.SECRETS & self.stored.keys():
            self.fields[name].widget.attrs["placeholder"] = KEPT

    @staticmethod
    def rules(entered: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
        """The values to store and the errors; a plugin puts its own `clean` here."""
        return options.clean(entered)

    def clean(self) -> dict[str, Any]:
        """What plugin.clean makes of it, its errors beside their fields."""
        entered = {name: self.cleaned_data.get(name) for name in options.NAMES}
        values, errors = self.rules({**entered, **self._kept_secrets(entered)})
        for name, error in errors.items():
            if name not in self.errors:
                self.add_error(name, error)
        return {name: value for name, value in values.items() if name not in self.errors}

    def _kept_secrets(self, entered: Mapping[str, Any]) -> dict[str, str]:
        """The stored secrets whose fields were left empty. A key's secret goes with the key."""
        kept = {name: self.stored[name] for name in options.SECRETS & self.stored.keys()}
        if entered["api_key"] != self.stored.get("api_key"):
            kept.pop("api_secret", None)
        if entered["auth_token"]:
            kept.pop("secondary_auth_token", None)  # the replacement is over
        return {name: value for name, value in kept.items() if not entered[name]}
