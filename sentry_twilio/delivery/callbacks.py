"""What a provider's request does here, once it has proved where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from django.db import IntegrityError, OperationalError
from django.utils import timezone

from sentry_twilio.core import Invalid, OptOut, Receipt, Reply, account_of
from sentry_twilio.delivery import consequences, models, optouts
from sentry_twilio.delivery.callback_log import fitting, note_inbound, note_report
from sentry_twilio.delivery.models import Attempt, Delivery, KnownSender
from sentry_twilio.delivery.receipts import apply_receipt
from sentry_twilio.delivery.states import State
from sentry_twilio.delivery.verification import SignedRequest, read_by_any
from sentry_twilio.projects.transactions import writing

TRIES = 3
_IN_DOUBT = (State.SENDING, State.UNKNOWN)


def take_report(request: SignedRequest, attempt: Attempt | None) -> Invalid | None:
    """A report on a message: of this attempt, or, where the request names none, by its SID.

    `Invalid` where nothing proves it. A message of somebody else's is none of our business:
    the account may have other users.
    """
    if attempt is not None:
        project = attempt.delivery.project
        said = request.read(request.plugin.get_options(project))
        projects = frozenset({project.pk})
    else:
        said, projects = read_by_any(request)
    if not isinstance(said, Receipt):
        return said if isinstance(said, Invalid) else Invalid("It is no report on a message.")
    receipt = said

    def write() -> None:
        with writing():
            _report(request, receipt, attempt, projects, timezone.now())

    _insist(write)
    return None


def take_inbound(request: SignedRequest) -> Invalid | None:
    """What a recipient wrote. `Invalid` where nothing proves it."""
    said, projects = read_by_any(request)
    if not isinstance(said, (OptOut, Reply)):
        return said if isinstance(said, Invalid) else Invalid("It is nobody's message.")
    message = said

    def write() -> None:
        now = timezone.now()
        with writing():
            if note_inbound(request.plugin.slug, message, now):
                _hear(message, projects, now)

    _insist(write)
    return None


def _insist(write: Callable[[], None]) -> None:
    """Of two transactions that meet, a database may give one up; a provider need not ask twice."""
    for left in reversed(range(TRIES)):
        try:
            write()
            break
        except (IntegrityError, OperationalError):
            if not left:
                raise


def _report(
    request: SignedRequest,
    receipt: Receipt,
    attempt: Attempt | None,
    projects: Collection[int],
    now: datetime,
) -> None:
    rows = Delivery.objects.select_for_update()
    # A twin with the same text may have found the message first and taken it for its own.
    row = rows.filter(plugin=request.plugin.slug, sid=receipt.sid).first()
    if row is None and attempt is not None:
        row = rows.filter(pk=attempt.delivery_id).first()
    if row is None or not _is_proved_for(row, request, projects):
        return
    if not note_report(row, receipt, now):
        return
    before = row.state
    row.expects_callback = True
    if attempt is not None and attempt.number < row.tries and before in _IN_DOUBT:
        # An earlier attempt was accepted after all, and nobody will ask about the last one.
        row.possibly_repeated = True
    apply_receipt(row, receipt, now)
    row.save()
    if row.state != before:
        sent_at = attempt.started_at if attempt is not None else row.slot_at or row.created_at
        consequences.draw([row], {row.pk: sent_at}, now)


def _is_proved_for(row: Delivery, request: SignedRequest, projects: Collection[int]) -> bool:
    """A SID counts only for a project whose own credentials prove the request."""
    return row.project_id in projects or isinstance(
        request.read(request.plugin.get_options(row.project)), Receipt
    )


def _hear(said: OptOut | Reply, projects: Collection[int], now: datetime) -> None:
    senders = sorted(key[:120] for key in said.senders)
    recipient = fitting(said.recipient, 64)
    if isinstance(said, OptOut) and not said.opted_out:
        for key in senders:
            optouts.forget(key, recipient)
    if not _have_sent(projects, senders):
        _note(senders, "unproved_at", now)
        return
    if isinstance(said, OptOut) and said.opted_out:
        for key in senders:
            optouts.learn(key, recipient, models.OptOut.Source.MESSAGE, now)
    # What recipients write to these senders reaches us, and so would a START.
    _note(senders, "inbound_at", now)


def _note(senders: Collection[str], field: str, now: datetime) -> None:
    KnownSender.objects.bulk_create(
        [KnownSender(key=key, **{field: now}) for key in senders],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=[field],
    )


def _have_sent(projects: Collection[int], senders: Collection[str]) -> bool:
    """Whether the provider ever took a message of these projects for the senders' account.

    A secret that somebody made up beside another's account proves only itself, and may not
    silence anybody. A START is heard all the same: at worst one more message is refused.
    """
    sent = Delivery.objects.filter(project__in=projects).exclude(sid="")
    accounts = {account_of(key) for key in senders}
    return any(sent.filter(sender_key__startswith=f"{account}:").exists() for account in accounts)
