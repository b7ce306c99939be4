"""The forms by which an account comes to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import User

if TYPE_CHECKING:
    _UserCreationForm = UserCreationForm[User]
else:
    _UserCreationForm = UserCreationForm


class NewAccountForm(_UserCreationForm):
    """A name and a password, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "User name"
        self.fields["username"].help_text = "Letters, digits and @ . + - _"
        self.fields[
            "password1"
        ].help_text = (
            "At least 8 characters; no common word, not only digits, not like your user name."
        )
        self.fields["password2"].label = "Password again"
        self.fields["password2"].help_text = ""


class FirstAdminForm(NewAccountForm):
    """The first account, for whoever has the code that the server printed."""

    code = forms.CharField(
        label="Set-up code",
        max_length=64,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autofocus": True}
        ),
        help_text="The server printed it when it started: four groups of four characters.",
    )
    field_order = ("code", "username", "password1", "password2")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["username"].widget.attrs["autofocus"]
