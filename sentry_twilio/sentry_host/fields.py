"""The settings as Sentry's plugin API describes, takes and stores them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms

from sentry_twilio.core.options import as_text
from sentry_twilio.twilio import options
from sentry_twilio.twilio.options import REQUIRED, SECRETS
from sentry_twilio.twilio.room import MAX_SEGMENTS

# It proves delivery reports, and there are none inside Sentry.
_LEFT_OUT = frozenset({"secondary_auth_token"})
NAMES = tuple(name for name in options.NAMES if name not in _LEFT_OUT)
# What may stand in for a required field.
_INSTEAD: dict[str, frozenset[str]] = {
    "account_sid": frozenset(),
    "auth_token": frozenset({"api_key", "api_secret"}),
    "sms_from": frozenset({"messaging_service_sid"}),
    "sms_to": frozenset(),
}
_HELP = {"auth_token": "Beside the Account SID. Not needed with an API key."}

Form = type[Any]
"""The class that `TwilioPlugin.configuration_form()` returns."""


def stored(get_option: Callable[[str], Any]) -> dict[str, str]:
    """The options that a project has, as text."""
    found = {name: as_text(get_option(name)) for name in NAMES}
    return {name: value for name, value in found.items() if value}


def describe(
    form: Form, have: Mapping[str, str], entered: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """The fields of the settings page. A secret's value is not among what is said of it.

    `have` is stored, `entered` is about to be.
    """
    shown = form(stored=have)
    given = have if entered is None else entered
    return [
        {
            "name": name,
            "label": str(field.label),
            "type": _kind(name, field),
            "help": _HELP.get(name, str(field.help_text)),
            "placeholder": field.widget.attrs.get("placeholder"),
            "required": _is_required(name, have, given),
            "default": _default(name, shown, have),
            "choices": list(getattr(field, "choices", ())) or None,
            **({"has_saved_value": name in have, "prefix": ""} if name in SECRETS else {}),
        }
        for name, field in shown.fields.items()
        if name in NAMES
    ]


def problem_of(form: Form, name: str, value: Any) -> str:
    """What is wrong with one field's value, whatever the others are, or ""."""
    if not as_text(value):
        return REQUIRED if name in _INSTEAD and not _INSTEAD[name] else ""
    # How much room a text has is another field's matter.
    alone = form({"sms_segments": MAX_SEGMENTS, name: value})
    return " ".join(alone.errors.get(name, ()))


def read(
    form: Form, entered: Mapping[str, Any], have: Mapping[str, str]
) -> tuple[dict[str, Any], list[str]]:
    """What to store by option, None for what is to be removed; and what is wrong with them
    together.

    A secret that is left empty, or comes back as it is stored, stays as it is.
    """
    kept = {name for name in SECRETS & have.keys() if entered.get(name) == have[name]}
    bound = form({n: "" if n in kept else v for n, v in entered.items()}, stored=have)
    errors = [
        f"{bound.fields[name].label}: {' '.join(texts)}" for name, texts in bound.errors.items()
    ]
    values = bound.cleaned_data
    switches = {n for n, f in bound.fields.items() if isinstance(f, forms.BooleanField)}
    return {
        name: True if name in switches and values.get(name) else values.get(name) or None
        for name in NAMES
    }, errors


def _kind(name: str, field: forms.Field) -> str:
    """Sentry's word for the field."""
    if name in SECRETS:
        return "secret"
    if isinstance(field, forms.BooleanField):
        return "bool"
    if isinstance(field, forms.IntegerField):
        return "number"
    if isinstance(field, forms.ChoiceField):
        return "select"
    return "textarea" if isinstance(field.widget, forms.Textarea) else "text"


def _is_required(name: str, have: Mapping[str, str], given: Mapping[str, Any]) -> bool:
    if name not in _INSTEAD or (name in SECRETS and name in have):
        return False
    return not any(as_text(given.get(other)) for other in _INSTEAD[name])


def _default(name: str, shown: forms.Form, have: Mapping[str, str]) -> Any:
    # Sentry's page shows a default wherever nothing, or "no", is stored.
    return None if name in SECRETS or have else shown.initial.get(name)
