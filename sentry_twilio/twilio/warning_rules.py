"""The table of what Twilio or a carrier refuses later.

docs/registration.md explains how to put each of it right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from sentry_twilio.twilio import link_flaw
from sentry_twilio.twilio.situation import US, US_AND_CANADA, Situation

Known = Literal["form", "check"]
"""From the settings alone, or only by asking Twilio."""


def _amount(situation: Situation) -> float:
    try:
        return float((situation.balance or {})["balance"])
    except (KeyError, TypeError, ValueError):
        return float("inf")


def _can_sms(number: Mapping[str, Any]) -> bool:
    capabilities = number.get("capabilities")
    # Without a word about it, nothing can be said against the number.
    return not isinstance(capabilities, Mapping) or bool(capabilities.get("sms", True))


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: when it applies, what happens then, and what to do.

    `sentence` and `next_step` are formatted with `warnings.words`. `blocks`: messages are
    certainly refused, or do not reach those it names. `code` is the error that Twilio will
    show, None where there will be none.
    """

    id: str
    code: int | None
    known: Known
    applies: Callable[[Situation], bool]
    sentence: str
    next_step: str
    blocks: bool = False


RULES: Final = (
    # The account
    Rule(
        "account-inactive",
        20005,
        "check",
        lambda s: s.account_field("status") in {"suspended", "closed"},
        "The Twilio account is {status}, so Twilio refuses every message.",
        "Open the Twilio Console: its first page says why and what to do.",
        blocks=True,
    ),
    Rule(
        "trial",
        21608,
        "form",
        lambda s: s.is_trial,
        "This is a trial account: it sends only to phone numbers that were verified in the "
        "Twilio Console, and it ends after some weeks.",
        "Verify each recipient under Phone Numbers, Verified Caller IDs, or upgrade the account.",
    ),
    Rule(
        "trial-prefix",
        None,
        "check",
        lambda s: s.is_trial and not s.counts_trial_prefix,
        "A trial account begins each text with “{prefix}”, which counts: a text that fills one "
        "segment becomes two.",
        "Tick “This is a trial account” in the project's settings, so that texts leave room for "
        "it, or upgrade the account.",
    ),
    Rule(
        "no-credit",
        30002,
        "check",
        lambda s: _amount(s) <= 0,
        "The account has no credit left ({balance}); Twilio suspends an account without credit.",
        "Add credit in the Twilio Console and switch on automatic recharging, so that it does "
        "not run out at night.",
    ),
    # The sender
    Rule(
        "sender-not-owned",
        21606,
        "check",
        lambda s: s.number is not None and not s.number,
        "{sender} is not among this account's phone numbers, so Twilio will not send from it.",
        "Buy a number in the Twilio Console, or use the credentials of the (sub)account that "
        "{sender} belongs to.",
        blocks=True,
    ),
    Rule(
        "sender-without-sms",
        21661,
        "check",
        lambda s: bool(s.number) and not _can_sms(s.number or {}),
        "{sender} belongs to this account but cannot send text messages.",
        "Choose a number with the capability SMS in the Twilio Console.",
        blocks=True,
    ),
    Rule(
        "us-long-code",
        30034,
        "form",
        lambda s: (
            s.sender_kind == "long_code" and s.sender_region in US_AND_CANADA and s.reaches(US)
        ),
        "US carriers block texts from an ordinary number such as {sender} until it is registered "
        "(A2P 10DLC). Twilio accepts them all the same, and they fail a moment later.",
        "Register a brand and a campaign in the Twilio Console and add the number to it; then "
        "see that a test message is delivered, not only accepted.",
    ),
    Rule(
        "toll-free",
        30032,
        "form",
        lambda s: s.sender_kind == "toll_free" and s.reaches(US_AND_CANADA),
        "Texts from a toll-free number such as {sender} to the US and Canada are blocked until "
        "it is verified. Twilio accepts them all the same, and they fail a moment later.",
        "Submit its toll-free verification in the Twilio Console; then see that a test message "
        "is delivered, not only accepted.",
    ),
    Rule(
        "service-us",
        30034,
        "form",
        lambda s: s.sender_kind == "service" and s.reaches(US_AND_CANADA),
        "Every number of the Messaging Service that may text the US or Canada needs its "
        "registration: a campaign for ordinary numbers, a verification for toll-free ones.",
        "Look at the service's numbers in the Twilio Console; then see that a test message is "
        "delivered, not only accepted.",
    ),
    Rule(
        "name-us-canada",
        21612,
        "form",
        lambda s: s.sender_kind == "name" and bool(s.recipients_in(US_AND_CANADA)),
        "A name cannot send to the US and Canada: “{sender}” will not reach {north_americans}.",
        "Use a phone number as the sender, or a Messaging Service that holds both.",
        blocks=True,
    ),
    Rule(
        "name-one-way",
        None,
        "form",
        lambda s: s.sender_kind == "name",
        "Nobody can answer a name: a STOP or any other reply to “{sender}” goes nowhere.",
        "Where replies are expected, use a phone number; otherwise tell recipients whom to ask "
        "to be taken off the list.",
    ),
    Rule(
        "name-registration",
        30040,
        "form",
        lambda s: (
            s.sender_kind == "name" and len(s.recipients_in(US_AND_CANADA)) < len(s.recipients)
        ),
        "Many countries drop texts from a name that was not registered there beforehand.",
        "Look up the recipients' countries in Twilio's list of countries that support names, and "
        "register “{sender}” where it says so.",
    ),
    # The link
    Rule(
        "link-private",
        None,
        "form",
        lambda s: link_flaw.of(s.public_url) == "private",
        "Links in texts point to {host}, which a phone outside your network cannot open.",
        "Set PUBLIC_URL to an address that is reachable from the internet, or leave the link out.",
    ),
    Rule(
        "link-http",
        30007,
        "form",
        lambda s: link_flaw.of(s.public_url) == "http",
        "Links in texts begin with http://, which carriers take for a sign of fraud and filter.",
        "Serve {host} by https and set PUBLIC_URL accordingly.",
    ),
    Rule(
        "link-shortener",
        30007,
        "form",
        lambda s: link_flaw.of(s.public_url) == "shortener",
        "Links in texts point to the public link shortener {host}; carriers filter such texts.",
        "Set PUBLIC_URL to an address under a domain of your own.",
    ),
)
