"""What Twilio or a carrier will refuse later, said before the first night."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sentry_twilio.twilio import codes, link_flaw
from sentry_twilio.twilio.sent_text import TRIAL_PREFIX
from sentry_twilio.twilio.situation import US_AND_CANADA, Situation
from sentry_twilio.twilio.warning_rules import RULES


@dataclass(frozen=True, slots=True)
class SetupWarning:
    """One thing to put right. `sentence` says what happens, `next_step` what to do.

    `blocks`: messages are certainly refused, or do not reach those it names. `code` is the
    error that Twilio will show, None where there will be none.
    """

    id: str
    code: int | None
    blocks: bool
    sentence: str
    next_step: str

    @property
    def page(self) -> str | None:
        """Twilio's own page about the error."""
        return codes.page(self.code) if self.code else None

    def __str__(self) -> str:
        error = f" (Twilio error {self.code})" if self.code else ""
        return f"{self.sentence} {self.next_step}{error}"


def for_settings(
    options: Mapping[str, str],
    public_url: str,
    account: Mapping[str, Any] | None = None,
    number: Mapping[str, Any] | None = None,
    balance: Mapping[str, Any] | None = None,
) -> list[SetupWarning]:
    """What is to be said about a project's stored options, in the table's order. No I/O.

    `public_url` matters where the options put a link into texts. `account`, `number` and
    `balance` are Twilio's answers, None where it was not asked; an empty `number` says that
    the account does not own the sender.
    """
    situation = Situation(
        sender=options.get("sms_from", ""),
        service=options.get("messaging_service_sid", ""),
        recipients=tuple(filter(None, options.get("sms_to", "").split(","))),
        public_url=public_url if options.get("sms_link") == "1" else "",
        counts_trial_prefix=options.get("sms_trial") == "1",
        account=account,
        balance=balance,
        number=number,
    )
    known = words(situation)
    return [
        SetupWarning(
            rule.id,
            rule.code,
            rule.blocks,
            rule.sentence.format_map(known),
            rule.next_step.format_map(known),
        )
        for rule in RULES
        if rule.applies(situation)
    ]


def words(situation: Situation) -> dict[str, str]:
    """What the table's texts may name."""
    balance = situation.balance or {}
    return {
        "sender": situation.sender,
        "status": situation.account_field("status"),
        "balance": f"{balance.get('balance', '')} {balance.get('currency', '')}".strip(),
        "prefix": TRIAL_PREFIX,
        "host": link_flaw.host_of(situation.public_url),
        "north_americans": ", ".join(situation.recipients_in(US_AND_CANADA)),
    }
