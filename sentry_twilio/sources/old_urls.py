"""Calls to the URL that a source had before: turned away, and shown on its page.

Whoever made a new URL has to enter it in the tracker, and easily forgets one place.
"""

from __future__ import annotations

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from sentry_twilio.projects.quota import Quota
from sentry_twilio.projects.transactions import writing
from sentry_twilio.sources.models import Source

MINUTE = 60


def note(kind: str, key_digest: str) -> bool:
    """Count a call to a source's last URL; False where no source had this one."""
    found = Source.objects.filter(kind=kind, old_key_digest=key_digest)
    source = found.values_list("pk", flat=True).first()
    if source is None:
        return False
    # Limited, so that whoever has an old URL cannot keep the database busy.
    if not Quota(settings.HOOKS_PER_MINUTE, MINUTE).take(f"hooks:old:{source}"):
        with writing():
            found.update(old_calls=F("old_calls") + 1, last_old_at=timezone.now())
    return True
