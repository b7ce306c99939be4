"""What can be asked and changed of a running emulator, by HTTP or from a test."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from sentry_twilio.emulator import resources
from sentry_twilio.emulator.accounts import AUTH_TOKEN
from sentry_twilio.emulator.emulator import Emulator
from sentry_twilio.emulator.faults import Fault
from sentry_twilio.emulator.reading import BadInput, read_into
from sentry_twilio.emulator.settings import Settings
from sentry_twilio.emulator.standing import Standing

MOST_FAULTS = 1000


def messages(emulator: Emulator, to: str = "") -> list[dict[str, Any]]:
    """All messages, oldest first, to one number where `to` is given."""
    found = list(emulator.store.newest_first(to=to))
    return [resources.state(message) for message in reversed(found)]


def stats(emulator: Emulator) -> dict[str, Any]:
    return {**emulator.stats.describe(), "messages": len(emulator.store)}


def add_faults(emulator: Emulator, faults: list[Fault]) -> None:
    """Put faults in force, in this order. Raises `BadInput` if there are too many."""
    if len(list(emulator.faults)) + len(faults) > MOST_FAULTS:
        raise BadInput(f"There are {MOST_FAULTS} faults at most. Remove those that are done.")
    for fault in faults:
        emulator.faults.add(fault)


def change_settings(emulator: Emulator, data: object) -> None:
    """Change the settings that are named in `data`. Raises `BadInput`."""
    if not isinstance(data, dict):
        raise BadInput("Settings are a JSON object.")
    changed = read_into(Settings, {**asdict(emulator.settings), **data})
    for field in fields(Settings):
        setattr(emulator.settings, field.name, getattr(changed, field.name))


def change_token(emulator: Emulator, data: object) -> None:
    """Give the first account the `auth_token` in `data`. Raises `BadInput`."""
    token = data.get("auth_token") if isinstance(data, dict) else None
    if not isinstance(token, str) or not AUTH_TOKEN.fullmatch(token):
        raise BadInput("auth_token is 32 of the characters 0-9 and a-f.")
    emulator.accounts.change_token(emulator.accounts.first(), token)


def change_standing(emulator: Emulator, data: object) -> None:
    """Change what is named in `data` of the first account's standing. Raises `BadInput`."""
    if not isinstance(data, dict):
        raise BadInput("An account's standing is a JSON object.")
    account = emulator.accounts.first()
    changed = read_into(Standing, {**asdict(account.standing), **data})
    try:
        changed.owned()
    except ValueError as error:
        raise BadInput(str(error)) from None
    account.standing = changed
