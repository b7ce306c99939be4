"""Every callback is kept once, however often it comes, so that each acts once."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.db.models import F

from sentry_twilio.core import OptOut, Receipt, Reply, account_of
from sentry_twilio.delivery.models import Callback, Delivery

_TEXT = 4000
"""Characters kept of a reply: more than any text message has."""


def note_report(row: Delivery, receipt: Receipt, now: datetime) -> bool:
    """Keep a report on `row`'s message. False: it is known, and was counted once more.

    Call it, like `note_inbound`, in the transaction that writes what the callback causes.
    """
    status = fitting(receipt.status, 20)
    return _note(
        row.plugin,
        (row.pk, receipt.sid, status, receipt.code),
        kind=Callback.Kind.STATUS,
        delivery=row,
        sid=fitting(receipt.sid, 64),
        status=status,
        code=receipt.code,
        sender_key=row.sender_key,
        recipient=row.recipient,
        received_at=now,
    )


def note_inbound(slug: str, said: OptOut | Reply, now: datetime) -> bool:
    """Keep a recipient's message. False: it is known, and was counted once more."""
    kind, body = Callback.Kind.REPLY, ""
    if isinstance(said, OptOut):
        kind = Callback.Kind.OPT_OUT if said.opted_out else Callback.Kind.OPT_IN
    else:
        body = said.body
    sender = said.senders[0] if said.senders else ""
    return _note(
        slug,
        # With the account, so that nobody else's request can pass for this one.
        ("inbound", account_of(sender), said.sid),
        kind=kind,
        sid=fitting(said.sid, 64),
        sender_key=sender[:120],
        recipient=fitting(said.recipient, 64),
        body=fitting(body, _TEXT),
        received_at=now,
    )


def _note(slug: str, same: tuple[object, ...], **values: Any) -> bool:
    fingerprint = hashlib.sha256("\0".join(map(str, same)).encode()).hexdigest()
    # Of two at once the second waits for the first here, and then finds it.
    callback, is_new = Callback.objects.get_or_create(
        plugin=slug, fingerprint=fingerprint, defaults=values
    )
    if not is_new:
        Callback.objects.filter(pk=callback.pk).update(times=F("times") + 1)
    return is_new


def fitting(text: str, most: int) -> str:
    """A provider's text, as far as the column goes; PostgreSQL stores no NUL."""
    return text.replace("\0", "")[:most]
