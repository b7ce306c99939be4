"""The form of an alert rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms

from sentry_twilio.tracker.models import Rule

if TYPE_CHECKING:
    _RuleForm = forms.ModelForm[Rule]
else:
    _RuleForm = forms.ModelForm

WEEK = 7 * 24 * 60


class RuleForm(_RuleForm):
    """When an alert rule fires, in minutes and seconds as `Rule` stores them."""

    threshold = forms.IntegerField(
        label="Limit",
        min_value=1,
        max_value=1_000_000,
        required=False,
        help_text="Only for “seen more often than a limit”: more events than this …",
    )
    window = forms.TypedChoiceField(
        label="Within",
        coerce=int,
        choices=Rule.Window.choices,
        help_text="… within this time.",
    )
    interval = forms.IntegerField(
        label="Minutes between two texts",
        min_value=0,
        max_value=WEEK,
        help_text="For each issue. 0 is a text each time, which can be many.",
    )

    class Meta:
        model = Rule
        fields = (
            "name",
            "trigger",
            "threshold",
            "window",
            "level",
            "environment",
            "tag",
            "interval",
            "is_active",
        )
        labels = {
            "trigger": "Tell us when",
            "level": "From level",
            "tag": "Only with tag",
            "environment": "Only in environment",
            "is_active": "This rule is on",
        }
        help_texts = {
            "name": "What happened, in a few words.",
            "level": "Events of this level or worse.",
            "environment": "As the application reports it, e.g. production. Empty: any.",
            "tag": "Written key=value, e.g. server=web-1. Empty: any.",
        }

    def clean_threshold(self) -> int:
        threshold: int | None = self.cleaned_data["threshold"]
        if threshold is None:
            if self.cleaned_data.get("trigger") == Rule.Trigger.FREQUENT:
                raise forms.ValidationError("Enter how many events are too many.")
            return self.instance.threshold
        return threshold

    def clean_tag(self) -> str:
        tag: str = self.cleaned_data["tag"]
        if not tag:
            return ""
        key, equals, value = (part.strip() for part in tag.partition("="))
        if not (key and equals and value):
            raise forms.ValidationError("Write a tag as key=value, e.g. server=web-1.")
        return f"{key}={value}"
