"""What is due, in a database whose clock may be set back."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q


def due_by(field: str, now: datetime, furthest: timedelta) -> Q:
    """Rows whose moment in `field` has come.

    A moment further ahead than `furthest`, which none is ever set, was set before the clock went
    back. Its row would otherwise wait for as long as the clock was wrong.
    """
    return Q(**{f"{field}__lte": now}) | Q(**{f"{field}__gt": now + furthest})
