"""Of messages with the same sender, recipient and text, one is on its way at a time.

Of two whose fate is unknown, a look at the provider's list could not tell which is which: each
could be taken for the other, and one would be lost or sent again.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from datetime import timedelta

from sentry_twilio.delivery.models import Delivery
from sentry_twilio.delivery.states import State

WAIT = timedelta(seconds=2)
"""When to look again whether the twin has arrived."""


def key_of(row: Delivery) -> str:
    """What `row` has in common with its twins, as it stands in `Delivery.twin_key`."""
    parts = (row.plugin, row.sender_key, row.recipient, row.body)
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def on_their_way(rows: Iterable[Delivery]) -> set[str]:
    """The keys of the rows of which a twin is on its way at the moment."""
    found = Delivery.objects.filter(
        twin_key__in={row.twin_key for row in rows},
        due_at__isnull=False,
        state__in=(State.SENDING, State.UNKNOWN),
    )
    return set(found.values_list("twin_key", flat=True))
