"""A request to create a message, and the message that Twilio's rules let through."""

from __future__ import annotations

from collections.abc import Callable

from sentry_twilio.emulator.accounts import Account, new_sid
from sentry_twilio.emulator.addresses import normalise
from sentry_twilio.emulator.bodies import as_sent
from sentry_twilio.emulator.form import Form
from sentry_twilio.emulator.messages import Message
from sentry_twilio.emulator.permissions import PERMISSIONS, is_active
from sentry_twilio.emulator.problems import Problem
from sentry_twilio.emulator.rules import RULES, Creation, moment_of
from sentry_twilio.twilio.segments import measure

IsOptedOut = Callable[[str, str], bool]


def create(account: Account, form: Form, is_opted_out: IsOptedOut) -> Message | Problem:
    """The new message that a form asks for, or why it is refused.

    `is_opted_out(sender, recipient)` says whether the recipient has told the sender to stop.
    """
    creation = Creation(
        account,
        form,
        to=normalise(form.get("To")),
        sender=normalise(form.get("From")),
        service=form.get("MessagingServiceSid").strip(),
    )
    # Who asks is looked at before what is asked for.
    for rule in (is_active, *RULES, *PERMISSIONS):
        problem = rule(creation)
        if problem is not None:
            return problem
    if is_opted_out(creation.from_number, creation.to):
        return Problem(21610)
    return _message(creation)


def _message(creation: Creation) -> Message:
    form, service = creation.form, creation.service
    media = tuple(form.all("MediaUrl"))
    body = as_sent(creation.account, form)
    measured = measure(body)
    scheduled = bool(form.get("ScheduleType"))
    return Message(
        sid=new_sid("MM" if media or form.is_true("SendAsMms") else "SM"),
        account_sid=creation.account.sid,
        to=creation.to,
        body=body,
        status="scheduled" if scheduled else "accepted" if service else "queued",
        sender=creation.sender or None,
        messaging_service_sid=service or None,
        # Not known before the service has picked a sender.
        segments=0 if service else measured.count,
        encoding=measured.encoding,
        media=media,
        status_callback=form.get("StatusCallback"),
        validity_period=int(form.get("ValidityPeriod") or 36000),
        send_at=moment_of(form.get("SendAt")) if scheduled else None,
    )
