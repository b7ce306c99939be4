"""Deleting many rows without holding up those who write meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from sentry_twilio.projects.transactions import writing


def pages(rows: QuerySet[Any], size: int) -> Iterator[list[Any]]:
    """The primary keys of `rows` in order, `size` at a time. Each page is one look of its own,
    which goes on where the last one ended, whatever was deleted in between."""
    page = rows
    while keys := list(page.order_by("pk").values_list("pk", flat=True)[:size]):
        yield keys
        page = rows.filter(pk__gt=keys[-1])


def delete_in_batches(rows: QuerySet[Any], size: int) -> Iterator[int]:
    """Delete `rows`, and what belongs to them, `size` at a time in short transactions of their
    own; yields how many rows went each time."""
    for keys in pages(rows, size):
        with writing():
            # Asked once more: what was chosen outside the transaction may have changed.
            _, gone = rows.filter(pk__in=keys).delete()
        yield gone.get(rows.model._meta.label, 0)
