"""Which Twilio account the demo sends through: the emulator's, or a real one."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from sentry_twilio.console.account import OPTION_OF


class Incomplete(Exception):
    """Some of Twilio's variables are set, but not enough to send; the message says which."""


@dataclass(frozen=True, slots=True)
class Account:
    """The plugin options of the demo's project. `is_real`: a text costs money."""

    is_real: bool
    options: Mapping[str, str] = field(repr=False)


def emulated() -> Account:
    """An account that only this run's emulator knows."""
    return Account(
        is_real=False,
        options={
            "account_sid": f"AC{secrets.token_hex(16)}",
            "auth_token": secrets.token_hex(16),
            "sms_from": "+15005550006",
            "sms_to": "+14155550123",
        },
    )


_OPTION_OF = {**OPTION_OF, "TWILIO_TO": "sms_to"}


def from_environment(environ: Mapping[str, str]) -> Account | None:
    """The real account that the variables name; None where TWILIO_ACCOUNT_SID is not set.

    Raises `Incomplete` where it is set and something else is missing: falling back to the
    emulator would look as if Twilio had sent.
    """
    if not environ.get("TWILIO_ACCOUNT_SID"):
        return None
    options = {
        option: environ[variable]
        for variable, option in _OPTION_OF.items()
        if environ.get(variable)
    }
    missing = []
    if not {"sms_from", "messaging_service_sid"} & options.keys():
        missing.append("TWILIO_FROM (or TWILIO_MESSAGING_SERVICE_SID)")
    if "sms_to" not in options:
        missing.append("TWILIO_TO")
    if "auth_token" not in options and not {"api_key", "api_secret"} <= options.keys():
        missing.append("TWILIO_AUTH_TOKEN (or TWILIO_API_KEY and TWILIO_API_SECRET)")
    if missing:
        raise Incomplete(
            f"TWILIO_ACCOUNT_SID is set, but {' and '.join(missing)} is not. "
            "Set all of them to send through Twilio, or unset it to use the emulator."
        )
    return Account(is_real=True, options=options)
