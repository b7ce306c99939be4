"""Which Twilio account the demo sends through: the emulator's, or a real one."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field


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


_VARIABLES = {
    "account_sid": "TWILIO_ACCOUNT_SID",
    "auth_token": "TWILIO_AUTH_TOKEN",
    "api_key": "TWILIO_API_KEY",
    "api_secret": "TWILIO_API_SECRET",
    "sms_from": "TWILIO_FROM",
    "sms_to": "TWILIO_TO",
}


def from_environment(environ: Mapping[str, str]) -> Account | None:
    """The real account that the variables name; None where TWILIO_ACCOUNT_SID is not set.

    Raises `Incomplete` where it is set and something else is missing: falling back to the
    emulator would look as if Twilio had sent.
    """
    if not environ.get("TWILIO_ACCOUNT_SID"):
        return None
    options = {
        name: environ[variable] for name, variable in _VARIABLES.items() if environ.get(variable)
    }
    missing = [_VARIABLES[name] for name in ("sms_from", "sms_to") if name not in options]
    if "auth_token" not in options and not {"api_key", "api_secret"} <= options.keys():
        missing.append("TWILIO_AUTH_TOKEN (or TWILIO_API_KEY and TWILIO_API_SECRET)")
    if missing:
        raise Incomplete(
            f"TWILIO_ACCOUNT_SID is set, but {' and '.join(missing)} is not. "
            "Set all of them to send through Twilio, or unset it to use the emulator."
        )
    return Account(is_real=True, options=options)
