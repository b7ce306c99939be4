"""Who told which sender to stop.

An opt-out belongs to a pair of a sender's key and a recipient. It is learned from what the
provider refuses and from what the recipient writes; it ends when they write that they want
messages again, or when the provider accepts a message for them after all.

Where no recipient's message to the sender has ever reached us, START would not either: there
the opt-out is tried again with a real alert a day later, and so on. The first inbound message
leaves such a date standing, since a START before it may have gone unheard; the refusal that
comes of that last trial is learned without one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from django.utils import timezone

from sentry_twilio.delivery.models import Callback, KnownSender, OptOut
from sentry_twilio.projects.transactions import writing

Pair = tuple[str, str]
"""A sender's key and a recipient."""

RETRY_AFTER = timedelta(days=1)


def blocked(pairs: Collection[Pair], now: datetime) -> set[Pair]:
    """Those of the pairs to whom nothing is to be sent at `now`; one statement, no writing.

    A pair whose time to try again has come stays open until the provider has answered: its
    refusal is learned with the next day's date, its acceptance ends the opt-out. So a trial
    that was lost to a crash, a cap or a busy provider is not the last of the day.
    """
    return {
        (found.sender_key, found.recipient)
        for found in _of(pairs)
        # A date later than any that is written stood there before the clock was set back.
        if found.retry_at is None or now < found.retry_at <= now + 2 * RETRY_AFTER
    }


def learn(
    sender_key: str,
    recipient: str,
    source: str,
    now: datetime,
    attempted_at: datetime | None = None,
) -> None:
    """The recipient opted out, as `source` (an `OptOut.Source`) says. Repeating it is harmless.

    `attempted_at`: when the message was sent that says so, or some time before. A START that was
    heard since is the recipient's last word: at worst, one more message is refused and learned
    from. Call it inside the transaction that writes its cause.
    """
    if attempted_at is not None and _opted_in_since(recipient, attempted_at):
        return
    changed = ["source", "retry_at"]
    retry_at = None
    if source == OptOut.Source.MESSAGE:
        changed.append("since")
    elif not KnownSender.objects.filter(key=sender_key, inbound_at__isnull=False).exists():
        retry_at = now + RETRY_AFTER
    OptOut.objects.bulk_create(
        [
            OptOut(
                sender_key=sender_key,
                recipient=recipient,
                source=source,
                since=now,
                retry_at=retry_at,
            )
        ],
        update_conflicts=True,
        unique_fields=["sender_key", "recipient"],
        update_fields=changed,
    )


def forget(sender_key: str, recipient: str) -> None:
    """The recipient wants messages from this sender again."""
    OptOut.objects.filter(sender_key=sender_key, recipient=recipient).delete()


def accepted(attempts: Mapping[Pair, datetime]) -> None:
    """End the opt-outs of those for whom the provider accepted a message.

    `attempts`: when the attempt began, by pair. An opt-out that is younger stands: the message
    was taken before it. One statement where nobody opted out.
    """
    over = [
        found.pk
        for found in _of(attempts)
        if found.since <= attempts[found.sender_key, found.recipient]
    ]
    if over:
        OptOut.objects.filter(pk__in=over).delete()


def retry_now(opt_out: OptOut) -> None:
    """Let the next alert try, because a person asked for it."""
    with writing():
        OptOut.objects.filter(pk=opt_out.pk).update(retry_at=timezone.now())


def _of(pairs: Iterable[Pair]) -> list[OptOut]:
    wanted = set(pairs)
    if not wanted:
        return []
    found = OptOut.objects.filter(
        sender_key__in={sender_key for sender_key, _ in wanted},
        recipient__in={recipient for _, recipient in wanted},
    )
    return [row for row in found if (row.sender_key, row.recipient) in wanted]


def _opted_in_since(recipient: str, moment: datetime) -> bool:
    # To whichever sender: a message to a pool of them names only some.
    return Callback.objects.filter(
        received_at__gte=moment, kind=Callback.Kind.OPT_IN, recipient=recipient
    ).exists()
