"""What a list of deliveries is narrowed down to, as its address says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from sentry_twilio.dashboard.shown import recipient_name
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.delivery.states import State
from sentry_twilio.projects.models import Project

NEWEST = 5000
"""Deliveries whose recipients can be chosen: to look at all of a big project's takes too long."""


@dataclass(frozen=True, slots=True)
class Filters:
    """The choices that were made, '' for none. `digest` and `group` are of links from a digest.

    `recipient` is a hash: no address of a page names a number.
    """

    state: str
    recipient: str
    digest: str
    group: str

    def __bool__(self) -> bool:
        return bool(self.state or self.recipient or self.digest or self.group)


def read(query: Mapping[str, str]) -> Filters:
    """Those of a request; what makes no sense is none."""
    state, digest = query.get("state", ""), query.get("digest", "")
    return Filters(
        state=state if state in State.values else "",
        recipient=query.get("recipient", ""),
        digest=digest if digest.isascii() and digest.isdigit() and len(digest) < 19 else "",
        # No group has a NUL, and PostgreSQL cannot be asked for one.
        group=query.get("group", "").replace("\0", ""),
    )


def recipients(project: Project) -> dict[str, str]:
    """Who can be chosen: numbers by their hashes."""
    newest = project.deliveries.order_by("-id").values_list("recipient", flat=True)[:NEWEST]
    return {_hash(project, recipient): recipient for recipient in sorted(set(newest))}


def choices(people: Mapping[str, str], in_full: bool) -> list[tuple[str, str]]:
    """The choices as a page shows them; masked unless `in_full`."""
    return [(key, recipient_name(recipient, in_full)) for key, recipient in people.items()]


def narrowed(
    rows: QuerySet[Delivery], filters: Filters, people: Mapping[str, str]
) -> QuerySet[Delivery]:
    """The rows that fit all filters. `people` is what `recipients` returns."""
    if filters.state:
        rows = rows.filter(state=filters.state)
    if filters.recipient:
        known = filters.recipient in people
        rows = rows.filter(recipient=people[filters.recipient]) if known else rows.none()
    if filters.digest:
        rows = rows.filter(digest=int(filters.digest))
    if filters.group:
        rows = rows.filter(notification__group=filters.group)
    return rows


def _hash(project: Project, recipient: str) -> str:
    salt = f"deliveries of {project.pk}"
    return salted_hmac(salt, recipient, algorithm="sha256").hexdigest()[:16]
