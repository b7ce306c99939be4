"""What an account's standing forbids, each with the code of its refusal."""

from __future__ import annotations

from sentry_twilio.emulator.addresses import E164, channel
from sentry_twilio.emulator.problems import Problem
from sentry_twilio.emulator.rules import Creation, Rule


def is_active(creation: Creation) -> Problem | None:
    return None if creation.account.standing.status == "active" else Problem(20005)


def _owns_its_sender(creation: Creation) -> Problem | None:
    sender = creation.sender
    if not E164.fullmatch(sender):
        return None
    standing = creation.account.standing
    number = standing.find(sender)
    if number is None:
        return None if standing.other_senders else Problem(21659, sender)
    return None if "sms" in number.capabilities else Problem(21661, sender)


def _knows_its_recipient(creation: Creation) -> Problem | None:
    standing = creation.account.standing
    to = creation.to.removeprefix(channel(creation.to))
    if standing.type == "Full" or to in standing.verified:
        return None
    return Problem(21608, to)


PERMISSIONS: tuple[Rule, ...] = (_owns_its_sender, _knows_its_recipient)
