"""The account that a command acts for: from the environment or a file, never an argument.

Every user of a machine can read other people's command lines.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from sentry_twilio.twilio import options as rules
from sentry_twilio.twilio.client import BASE_URL, TwilioApiClient

Command = TypeVar("Command", bound=Callable[..., Any])

OPTION_OF: Final = {
    "TWILIO_ACCOUNT_SID": "account_sid",
    "TWILIO_AUTH_TOKEN": "auth_token",
    "TWILIO_API_KEY": "api_key",
    "TWILIO_API_SECRET": "api_secret",
    "TWILIO_FROM": "sms_from",
    "TWILIO_MESSAGING_SERVICE_SID": "messaging_service_sid",
}
"""Names as Twilio's own tools use them, and the project's option that each stands for."""
PLACE: Final = ("TWILIO_BASE_URL", "TWILIO_EDGE", "TWILIO_REGION")
NAMES: Final = (*OPTION_OF, *PLACE)

_SENDER: Final = frozenset({"sms_from", "messaging_service_sid"})
_VARIABLE_OF: Final = {option: variable for variable, option in OPTION_OF.items()}


@dataclass(frozen=True)
class Account:
    """Credentials and sender, valid in form, and the client that uses them."""

    options: Mapping[str, str] = field(repr=False)
    client: TwilioApiClient

    @property
    def sender(self) -> str:
        return self.options.get("messaging_service_sid") or self.options.get("sms_from", "")


def credentials_option(command: Command) -> Command:
    """Adds `--credentials FILE`."""
    option = click.option(
        "--credentials",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="File with lines such as TWILIO_ACCOUNT_SID=AC…, read instead of the environment.",
    )
    return option(command)


def open_account(credentials: Path | None, needs_sender: bool = False) -> Account:
    """The account of the file, or of the environment where there is none.

    Raises click.UsageError naming the variable that is missing or wrong, never its value.
    """
    values = _read(credentials) if credentials else os.environ
    given = {name: values.get(name, "").strip() for name in NAMES}
    options, errors = rules.clean({option: given[name] for name, option in OPTION_OF.items()})
    unasked = {"sms_to"} if needs_sender else {"sms_to", *_SENDER}
    for option, error in errors.items():
        if option not in unasked or (option in _SENDER and given[_VARIABLE_OF[option]]):
            raise click.UsageError(_told(option, error, credentials))
    try:
        client = _client(options, {name: given[name] for name in PLACE})
    except ValueError as exc:
        raise click.UsageError(str(exc)) from None
    return Account(options, client)


def _client(options: Mapping[str, str], place: Mapping[str, str]) -> TwilioApiClient:
    return TwilioApiClient(
        options["account_sid"],
        options.get("auth_token", ""),
        options.get("sms_from", ""),
        api_key=options.get("api_key", ""),
        api_secret=options.get("api_secret", ""),
        messaging_service_sid=options.get("messaging_service_sid", ""),
        base_url=place["TWILIO_BASE_URL"] or BASE_URL,
        region=place["TWILIO_REGION"],
        edge=place["TWILIO_EDGE"],
    )


def _told(option: str, error: str, credentials: Path | None) -> str:
    where = f"in {credentials}" if credentials else "in the environment"
    if error != rules.REQUIRED:
        return f"{_VARIABLE_OF[option]} {where}: {error}"
    names = {
        "auth_token": "TWILIO_AUTH_TOKEN, or TWILIO_API_KEY with TWILIO_API_SECRET,",
        "sms_from": "TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID",
    }.get(option, _VARIABLE_OF[option])
    return f"{names} is not set {where}."


def _read(path: Path) -> dict[str, str]:
    """The file's KEY=VALUE lines. Blank lines, comments, `export` and quotes are understood."""
    if path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        click.echo(
            f"Warning: other users of this machine can read {path}. Close it: chmod 600 {path}",
            err=True,
        )
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise click.UsageError(f"{path} cannot be read as text: {type(exc).__name__}.") from None
    values: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        text = line.strip().removeprefix("export ").strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not equals:
            # Without the line itself: it may be a secret that lost its name.
            raise click.UsageError(f"Line {number} of {path} is not NAME=VALUE.")
        values[name.strip()] = _unquoted(value.strip())
    return values


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value
