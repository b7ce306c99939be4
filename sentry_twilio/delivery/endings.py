"""Whether the end of a trouble is news to somebody."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Max, Q

from sentry_twilio.delivery.models import Delivery, Notification
from sentry_twilio.delivery.states import State

_TOLD = (
    State.PENDING,
    State.SENDING,
    State.UNKNOWN,
    State.ACCEPTED,
    State.DELIVERED,
    State.UNDELIVERED,
    State.DIGESTED,
)
_IN_VAIN = (State.REFUSED, State.EXPIRED, State.SUPPRESSED)


@dataclass(frozen=True, slots=True)
class Beginning:
    """Who was told of a trouble that is over now: `recipients` to whom something of its issue
    went or is going, and whether the fallback was told."""

    recipients: frozenset[str]
    fallback: bool

    @property
    def is_unheard(self) -> bool:
        return not self.recipients and not self.fallback


def beginning_of(ending: Notification) -> Beginning:
    """Who heard of the issue since it last began, which is after it was over the last time.

    Three short statements, by the index of an issue's notifications.
    """
    earlier = Notification.objects.filter(
        project=ending.project_id, group=ending.group, plugin=ending.plugin, pk__lt=ending.pk
    )
    last_end = earlier.filter(reason="resolved").aggregate(last=Max("pk"))["last"] or 0
    since = earlier.filter(pk__gt=last_end)
    told = Delivery.objects.filter(notification__in=since, state__in=_TOLD).exclude(
        Q(state=State.DIGESTED, digest__state__in=_IN_VAIN)
    )
    return Beginning(
        recipients=frozenset(told.values_list("recipient", flat=True)),
        fallback=since.filter(fallback__isnull=False).exists(),
    )
