"""Twilio's rules for a new message, each with the code of its refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from sentry_twilio.emulator.accounts import Account
from sentry_twilio.emulator.addresses import (
    ALPHANUMERIC,
    CONTENT,
    E164,
    MESSAGING_SERVICE,
    SHORT_CODE,
    channel,
    is_absolute,
    pool_number,
)
from sentry_twilio.emulator.form import Form
from sentry_twilio.emulator.messages import now
from sentry_twilio.emulator.problems import Problem

# Test credentials' magic numbers, https://www.twilio.com/docs/iam/test-credentials
MAGIC = "+1500555"
MAGIC_SENDERS = {"0001": 21212, "0007": 21606, "0008": 21611}
MAGIC_RECIPIENTS = {"0001": 21211, "0002": 21612, "0003": 21408, "0004": 21610, "0009": 21614}

EARLIEST_SCHEDULE = timedelta(minutes=5)
LATEST_SCHEDULE = timedelta(days=35)


@dataclass(frozen=True, slots=True)
class Creation:
    """What the rules look at."""

    account: Account
    form: Form
    to: str
    sender: str
    service: str

    @property
    def from_number(self) -> str:
        """The number that the recipient would see."""
        return self.sender or pool_number(self.service)


Rule = Callable[[Creation], Problem | None]


def _recipient(creation: Creation) -> Problem | None:
    to = creation.to
    if not to:
        return Problem(21604)
    if to.startswith(MAGIC) and (code := MAGIC_RECIPIENTS.get(to[len(MAGIC) :])):
        return Problem(code, to)
    if not E164.fullmatch(to.removeprefix(channel(to))):
        return Problem(21211, to)
    return None


def _sender(creation: Creation) -> Problem | None:
    sender, service = creation.sender, creation.service
    if not sender and not service:
        return Problem(21603)
    if service and not MESSAGING_SERVICE.fullmatch(service):
        return Problem(21705, service)
    if not sender:
        return None
    if sender.startswith(MAGIC) and (code := MAGIC_SENDERS.get(sender[len(MAGIC) :])):
        return Problem(code, sender)
    if creation.account.test_credentials and sender != f"{MAGIC}0006":
        return Problem(21606, sender)
    address = sender.removeprefix(channel(sender))
    if not any(shape.fullmatch(address) for shape in (E164, SHORT_CODE, ALPHANUMERIC)):
        return Problem(21212, sender)
    if channel(sender) != channel(creation.to):
        return Problem(21910)
    return Problem(21266) if sender == creation.to else None


def _content(creation: Creation) -> Problem | None:
    form = creation.form
    if not any(form.get(name) for name in ("Body", "MediaUrl", "ContentSid")):
        return Problem(21602 if "Body" in form or "MediaUrl" not in form else 21619)
    if len(form.get("Body")) > 1600:
        return Problem(21617)
    content = form.get("ContentSid")
    if content and not CONTENT.fullmatch(content):
        return Problem(21655, content)
    media = form.all("MediaUrl")
    if len(media) > 10:
        return Problem(21623)
    if not all(is_absolute(url) for url in media):
        return Problem(21620)
    return None


def _validity(creation: Creation) -> Problem | None:
    value = creation.form.get("ValidityPeriod")
    if value and not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= 36000):
        return Problem(21624, value)
    return None


def _callback(creation: Creation) -> Problem | None:
    url = creation.form.get("StatusCallback")
    if url and not (is_absolute(url) and "_" not in (urlsplit(url).hostname or "")):
        return Problem(21609, url)
    return None


def _schedule(creation: Creation) -> Problem | None:
    form = creation.form
    if not form.get("ScheduleType"):
        return None
    if not creation.service:
        return Problem(35118)
    if not form.get("SendAt"):
        return Problem(35111)
    moment = moment_of(form.get("SendAt"))
    if moment is None or not EARLIEST_SCHEDULE <= moment - now() <= LATEST_SCHEDULE:
        return Problem(35114)
    return None


RULES: tuple[Rule, ...] = (_recipient, _sender, _content, _validity, _callback, _schedule)


def moment_of(text: str) -> datetime | None:
    """An ISO 8601 time, UTC where it names no zone; None if it is no time."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
