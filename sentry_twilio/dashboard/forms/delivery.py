"""What a project decides about its delivery, as a form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings

from sentry_twilio.core.options import KEPT
from sentry_twilio.delivery import policy, policy_reading


class DeliveryForm(forms.Form):
    """`stored`: the project's choices. Its webhook is a secret and never rendered.

    Once valid, `cleaned_data` is what `policy.save` takes.
    """

    useful_minutes = forms.CharField(
        label="Minutes for which an alert is useful",
        required=False,
        widget=forms.NumberInput(attrs={"min": 1, "max": policy_reading.MAX_USEFUL_MINUTES}),
    )
    project_cap = forms.CharField(
        label="Messages an hour, at most",
        required=False,
        widget=forms.NumberInput(attrs={"min": 0}),
    )
    weekly = forms.BooleanField(
        label="Send a sign of life each week",
        required=False,
        help_text=(
            "A text message to all recipients which says that text messages work. "
            "Then a week without one means that something is broken."
        ),
    )
    emails = forms.CharField(
        label="Fallback: e-mail addresses",
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 2, "placeholder": "oncall@example.com", "spellcheck": "false"}
        ),
    )
    webhook = forms.CharField(
        label="Fallback: webhook",
        required=False,
        # "new-password" keeps a browser from filling in the password of the dashboard.
        widget=forms.PasswordInput(
            render_value=False,
            attrs={"placeholder": "https://…", "autocomplete": "new-password"},
        ),
        help_text=(
            "Gets a JSON request; a chat room's incoming webhook will do. It is a secret, so it "
            "is not shown again."
        ),
    )
    webhook_remove = forms.BooleanField(label="Remove the stored webhook", required=False)

    def __init__(self, *args: Any, stored: Mapping[str, str], **kwargs: Any) -> None:
        choices = policy.Policy.read(stored)
        kwargs["initial"] = {
            "useful_minutes": -(-choices.useful_seconds // 60)
            if "useful_seconds" in stored
            else "",
            "project_cap": stored.get("project_cap", ""),
            "weekly": choices.weekly,
            "emails": ", ".join(choices.emails),
        }
        super().__init__(*args, **kwargs)
        useful_minutes = f"{settings.USEFUL_SECONDS / 60:g}"
        self.fields["useful_minutes"].widget.attrs["placeholder"] = useful_minutes
        self.fields["useful_minutes"].help_text = (
            "What could not be sent within this time is not sent any more: nobody is woken at "
            "night about noon. The next digest names it. "
            f"Empty: {useful_minutes}, as this server has it."
        )
        self.fields["project_cap"].widget.attrs["placeholder"] = settings.PROJECT_CAP_HOUR
        self.fields["project_cap"].help_text = (
            "Above it, alerts are held back and leave in one digest; the worst ones still come "
            f"at once. 0 is no limit. Empty: {settings.PROJECT_CAP_HOUR}, as this server has it."
        )
        self.fields["emails"].help_text = (
            "They get what no text message brought to anybody in time. Separated by commas."
            if settings.HAS_MAIL_SERVER
            else "This server cannot send e-mail yet: whoever runs it sets EMAIL_URL. "
            "Until then, use a webhook."
        )
        if choices.webhook:
            self.fields["webhook"].widget.attrs["placeholder"] = KEPT
        else:
            del self.fields["webhook_remove"]

    def clean(self) -> dict[str, Any]:
        """What `policy_reading.clean` makes of it, its errors beside their fields."""
        values, errors = policy_reading.clean(self.cleaned_data)
        for name, error in errors.items():
            self.add_error(name, error)
        return values
