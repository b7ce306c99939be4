"""Are the credentials and the sender good? Asks Twilio, sends nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sentry_twilio.core import ApiError, ApiForbidden, ApiUnauthorized
from sentry_twilio.twilio import situation, warnings
from sentry_twilio.twilio.client import TwilioApiClient
from sentry_twilio.twilio.warnings import SetupWarning

T = TypeVar("T")

# A key of the kind "Standard" may use everything but the account itself and its keys:
# https://www.twilio.com/docs/iam/api-keys
_ACCOUNT_IS_CLOSED_TO_KEYS = (
    "The API key is good, but may not read the account, so a trial or suspended account would "
    "not be noticed. With the Auth Token it would be."
)
_NOTHING_IS_READABLE = (
    "Twilio knows the API key, but it may neither read the account nor its messages. Whether it "
    "may send, only a message can tell; lost answers cannot be looked up with it."
)


@dataclass(frozen=True, slots=True)
class Report:
    """What Twilio says of the credentials and the sender.

    Resources are as Twilio shows them, without secrets, and None where they could not be read
    or were not asked for; `notes` says why. An empty `number` is a sender that is not owned.
    """

    account: Mapping[str, Any] | None
    balance: Mapping[str, Any] | None
    number: Mapping[str, Any] | None
    warnings: tuple[SetupWarning, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether nothing is known that certainly stops messages."""
        return not any(warning.blocks for warning in self.warnings)


def run(client: TwilioApiClient, options: Mapping[str, str], public_url: str = "") -> Report:
    """Ask for the account, its balance and the sender, and say what will be refused.

    `options` are a project's, as they are stored. Raises an `ApiError` where Twilio does not
    take the credentials or could not be asked.
    """
    notes: list[str] = []
    account = _account(client, bool(options.get("api_key")), notes)
    # Subaccounts have no balance of their own, which is nothing to speak of.
    balance = _readable(client.get_balance, [], "")
    number: Mapping[str, Any] | None = None
    sender = options.get("sms_from", "")
    if situation.kind_of(sender) in {"long_code", "toll_free"}:
        number = _readable(
            lambda: client.find_number(sender) or {},
            notes,
            "These credentials may not read phone numbers: whether the account owns the sender "
            "is not known.",
        )
    found = warnings.for_settings(options, public_url, account, number, balance)
    return Report(account, balance, number, tuple(found), tuple(notes))


def _account(client: TwilioApiClient, by_key: bool, notes: list[str]) -> Mapping[str, Any] | None:
    try:
        return client.get_account()
    except (ApiForbidden, ApiUnauthorized):
        if not by_key:
            raise
    # Twilio also answers 401 to a good key that asks for what is closed to it.
    try:
        next(iter(client.list_messages(page_size=1, limit=1)), None)
    except ApiForbidden:
        notes.append(_NOTHING_IS_READABLE)
    else:
        notes.append(_ACCOUNT_IS_CLOSED_TO_KEYS)
    return None


def _readable(ask: Callable[[], T], notes: list[str], note: str) -> T | None:
    """What Twilio answers, or None where the credentials are not allowed to know."""
    try:
        return ask()
    except ApiError as error:
        if error.status not in {401, 403, 404}:
            raise
    if note:
        notes.append(note)
    return None
