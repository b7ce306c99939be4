"""A project's settings as a carrier sees them: what kind of sender texts whom."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import phonenumbers

SenderKind = Literal["long_code", "toll_free", "short_code", "name", "test", "service"]

# US carriers and their registry also serve the territories that share +1.
US: Final = frozenset({"US", "PR", "VI", "GU", "AS", "MP"})
US_AND_CANADA: Final = US | {"CA"}

# Of Twilio's test credentials; nothing is registered for them, and nothing arrives.
_TEST_NUMBER = re.compile(r"\+1500555\d{4}")
_SHORT_CODE = re.compile(r"\d{5,6}")


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known before a message is sent.

    `account`, `balance` and `number` are resources of Twilio, None where it was not asked. An
    empty `number` means that the account has none like the sender.
    """

    sender: str = ""
    service: str = ""
    recipients: tuple[str, ...] = ()
    public_url: str = ""
    counts_trial_prefix: bool = False
    account: Mapping[str, Any] | None = None
    balance: Mapping[str, Any] | None = None
    number: Mapping[str, Any] | None = None

    @property
    def sender_kind(self) -> SenderKind | None:
        """None where there is no sender yet."""
        return "service" if self.service else kind_of(self.sender)

    @property
    def sender_region(self) -> str | None:
        return region_of(self.sender)

    def recipients_in(self, regions: frozenset[str]) -> list[str]:
        return [number for number in self.recipients if region_of(number) in regions]

    def reaches(self, regions: frozenset[str]) -> bool:
        """Whether a recipient is there, or may be, none being known."""
        return not self.recipients or bool(self.recipients_in(regions))

    @property
    def is_trial(self) -> bool:
        """As Twilio says; where it was not asked, as the settings do."""
        if self.account is None:
            return self.counts_trial_prefix
        return self.account_field("type") == "trial"

    def account_field(self, name: str) -> str:
        return str((self.account or {}).get(name) or "").lower()


def kind_of(sender: str) -> SenderKind | None:
    """What a sender in Twilio's form is; None for "" and for what is no sender."""
    if not sender:
        return None
    if _TEST_NUMBER.fullmatch(sender):
        return "test"
    if _SHORT_CODE.fullmatch(sender):
        return "short_code"
    if not sender.startswith("+"):
        return "name"
    number = _parse(sender)
    if number is None:
        return None
    is_free = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.TOLL_FREE
    return "toll_free" if is_free else "long_code"


def region_of(number: str) -> str | None:
    """The region of an E.164 number (ISO 3166-1 alpha-2). North American toll-free: US."""
    parsed = _parse(number)
    return phonenumbers.region_code_for_number(parsed) if parsed else None


def _parse(number: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return None
