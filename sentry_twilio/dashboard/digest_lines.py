"""What a digest stands for: one line an issue, the worst first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, Max, QuerySet, Value, When

from sentry_twilio.core import LEVELS
from sentry_twilio.dashboard.shown import ShownDelivery, show
from sentry_twilio.delivery.models import Delivery

_BADNESS = Case(
    *(When(notification__level=level, then=Value(rank)) for rank, level in enumerate(LEVELS)),
    default=Value(0),
)


@dataclass(frozen=True, slots=True)
class Line:
    """The alerts of one issue: how bad the worst is, and the newest."""

    group: str
    level: str
    newest: ShownDelivery
    count: int


def of(digest: Delivery) -> QuerySet[Any, Any]:
    """A row for each issue, to be paged and given to `shown`: `notification__group`, `worst` (an
    index into LEVELS), `count` and `newest` (a delivery's key). Of issues that are as bad, the
    one with the newest alert comes first."""
    members = digest.stood_for.order_by().values("notification__group")
    counted = members.annotate(worst=Max(_BADNESS), count=Count("pk"), newest=Max("pk"))
    return counted.order_by("-worst", "-newest")


def shown(groups: Sequence[Mapping[str, Any]], in_full: bool) -> list[Line]:
    """The lines of one page of `of`; masked unless `in_full`. One statement."""
    rows = Delivery.objects.select_related("notification")
    newest = rows.in_bulk([group["newest"] for group in groups])
    return [
        Line(
            group=group["notification__group"],
            level=LEVELS[group["worst"]],
            newest=show(row, in_full),
            count=group["count"],
        )
        for group in groups
        if (row := newest.get(group["newest"]))
    ]
