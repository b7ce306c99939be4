"""What a look for a message whose fate is unknown has to know: since when, and what it is not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet

from sentry_twilio.delivery.models import Attempt, Delivery

SLACK = timedelta(minutes=15)
"""How far a clock may have been ahead when the attempt was written down, and right since: the
message then seems to be older than its attempt."""
_KEPT = timedelta(days=1)
"""What was let go a day before is on its way no more, and not accepted any more."""


def since(rows: Sequence[Delivery], last: Mapping[int, Attempt]) -> dict[int, datetime]:
    """From when on each row's message may have been created, by our clock.

    `last` are the rows' newest attempts. An earlier one through the same sender may turn out to
    have been accepted as well: not finding it did not prove that it was not. Earlier by `SLACK`,
    unless a twin's attempt falls into that time: its message could be taken for this one's.
    """
    if not rows:
        return {}
    begun = {row.pk: last[row.pk].started_at for row in rows}
    unsure = Attempt.objects.filter(
        delivery__in=rows, outcome__in=(Attempt.Outcome.IN_FLIGHT, Attempt.Outcome.UNKNOWN)
    )
    for pk, sender_key, at in unsure.values_list("delivery", "sender_key", "started_at"):
        if sender_key == last[pk].sender_key:
            begun[pk] = min(begun[pk], at)
    twins = _lately_sent(rows, min(begun.values()) - SLACK).filter(
        twin_key__in={row.twin_key for row in rows}
    )
    attempts = Attempt.objects.filter(delivery__in=twins).exclude(outcome=Attempt.Outcome.REFUSED)
    of_twins: dict[str, list[tuple[int, datetime]]] = defaultdict(list)
    for key, pk, at in attempts.values_list("delivery__twin_key", "delivery", "started_at"):
        of_twins[key].append((pk, at))
    found = {}
    for row in rows:
        earliest = begun[row.pk] - SLACK
        others = (at for pk, at in of_twins[row.twin_key] if pk != row.pk)
        found[row.pk] = begun[row.pk] if any(at >= earliest for at in others) else earliest
    return found


def known_sids(
    rows: Sequence[Delivery], since: Mapping[int, datetime]
) -> dict[tuple[str, str], frozenset[str]]:
    """What belongs to other deliveries of the same recipients, so that none is found twice; by
    plugin and recipient."""
    known: dict[tuple[str, str], set[str]] = defaultdict(set)
    if rows:
        earliest = min(since[row.pk] for row in rows) - timedelta(hours=1)
        taken = _lately_sent(rows, earliest).exclude(sid="").filter(accepted_at__gte=earliest)
        for plugin, recipient, sid in taken.values_list("plugin", "recipient", "sid"):
            known[plugin, recipient].add(sid)
    return {key: frozenset(sids) for key, sids in known.items()}


def _lately_sent(rows: Sequence[Delivery], earliest: datetime) -> QuerySet[Delivery]:
    """What may have gone to the same recipients since then: by the index of their slots."""
    recipients = {row.recipient for row in rows}
    return Delivery.objects.filter(recipient__in=recipients, slot_at__gte=earliest - _KEPT)
