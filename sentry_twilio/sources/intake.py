"""A call comes in: proved, understood, written down. Nothing is done about it yet."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.conf import settings
from django.db import IntegrityError
from django.db.models import F
from django.utils import timezone

from sentry_twilio.core.storable import clean_text
from sentry_twilio.projects.quota import Quota
from sentry_twilio.projects.transactions import writing
from sentry_twilio.sources import doors, inbox
from sentry_twilio.sources.doors import Door
from sentry_twilio.sources.hook import Hook, NotUnderstood, parse
from sentry_twilio.sources.models import Call, Source
from sentry_twilio.sources.signatures import GENERIC_TIMESTAMP
from sentry_twilio.tracker.rejected import Rejected

RESOURCE_HEADER = "Sentry-Hook-Resource"
TIMESTAMP_HEADER = "Sentry-Hook-Timestamp"

_under_way, _lock = 0, threading.Lock()


def receive(door: Door, body: bytes, headers: Mapping[str, str]) -> bool:
    """Take a call in; False where it came before.

    Raises `Rejected`: 403 for a wrong signature, 503 where it cannot be checked, 400 for a body
    that is not understood, 429 for too many calls, 404 for a source that was removed at this
    moment. Once this returns, the call is in the database.
    """
    now = timezone.now()
    doors.prove(door, body, headers)
    resource = clean_text(headers.get(RESOURCE_HEADER, "")[:40])
    signed_at = headers.get(GENERIC_TIMESTAMP, "") if door.source.is_signed else ""
    hook = Hook(parse(body), resource, signed_at, headers.get(TIMESTAMP_HEADER, "")[:40])
    call = Call(
        source_id=door.source.pk,
        dedupe_key=_dedupe_key(door, hook, body),
        resource=resource,
        body=body,
        received_at=now,
    )
    try:
        entry = inbox.write(call)
    except IntegrityError:
        # A door is remembered; another process may have removed what is behind it.
        doors.forget()
        if Source.objects.filter(pk=door.source.pk).exists():
            raise
        raise Rejected(404, doors.NO_SUCH) from None
    if entry.wait:
        seconds = int(entry.wait) + 1
        raise Rejected(
            429,
            f"This source sent its limit of {settings.HOOKS_PER_MINUTE} calls a minute. "
            f"Try again in {seconds} s.",
            {"Retry-After": str(seconds)},
        )
    return entry.is_new


def note_bad(source: Source, what: str) -> None:
    """Count a call that was turned away, and keep what was wrong with the last one."""
    # Limited, so that whoever learnt a URL cannot keep the database busy.
    if Quota(settings.HOOKS_PER_MINUTE, inbox.MINUTE).take(f"hooks:bad:{source.pk}"):
        return
    with writing():
        Source.objects.filter(pk=source.pk).update(
            bad_calls=F("bad_calls") + 1, last_bad_at=timezone.now(), last_bad=what[:300]
        )


@contextmanager
def under_way() -> Iterator[None]:
    """A call is being answered. Processing others may wait for that, see `is_busy`."""
    global _under_way
    with _lock:
        _under_way += 1
    try:
        yield
    finally:
        with _lock:
            _under_way -= 1


def is_busy() -> bool:
    """Whether this process is answering a call at the moment."""
    return _under_way > 0


def _dedupe_key(door: Door, hook: Hook, body: bytes) -> str:
    """The same for a call that came before. Raises `Rejected` (400) for one not understood."""
    try:
        alerts = door.kind.read(hook)
    except NotUnderstood as exc:
        raise Rejected(400, str(exc)) from None
    is_test = bool(alerts) and all(alert.reason == "test" for alert in alerts)
    # A test is sent as often as somebody presses the button, in the same words each time.
    known_by = "" if is_test else door.kind.identity(hook, body)
    return known_by or secrets.token_hex(32)
