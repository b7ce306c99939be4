"""Making, rotating and removing a source."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse
from django.utils import timezone

from sentry_twilio.projects.access import record
from sentry_twilio.projects.models import Project
from sentry_twilio.projects.transactions import writing
from sentry_twilio.sources import vault
from sentry_twilio.sources.kinds import KINDS, has_token
from sentry_twilio.sources.models import Source
from sentry_twilio.sources.processing import IN_ORDER

By = User | AnonymousUser | None


def create(project: Project, kind: str, name: str = "", by: By = None, **fields: object) -> Source:
    """A source with a key of its own. `fields` are those of `Source`."""
    row = KINDS[kind]
    key = vault.new_key()
    fields.setdefault("base_url", row.base_url)
    with writing():
        source = Source.objects.create(
            project=project,
            kind=kind,
            name=name or row.title,
            key_digest=vault.digest(key),
            **fields,
        )
        # Two sources of one tracker, such as Sentry's two ways, speak of the same issues.
        source.origin = source.base_url or f"source {source.pk}"
        source.save(update_fields=["origin"])
        vault.store(source, key=key)
        if row.makes_own_secret:
            vault.store(source, secret=vault.new_key())
        record(by, f"Made the source {source}", project)
    return source


def rotate(source: Source, by: By = None) -> None:
    """Give a source another key, and a secret of ours anew. The old URL is gone at once; what
    still comes by it is counted."""
    key = vault.new_key()
    with writing():
        source.old_key_digest, source.old_calls, source.last_old_at = source.key_digest, 0, None
        source.key_digest, source.rotated_at = vault.digest(key), timezone.now()
        source.save(
            update_fields=["old_key_digest", "old_calls", "last_old_at", "key_digest", "rotated_at"]
        )
        vault.store(source, key=key)
        if KINDS[source.kind].makes_own_secret:
            vault.store(source, secret=vault.new_key())
        record(by, f"Gave the source {source} a new URL", source.project)


def remove(source: Source, by: By = None) -> None:
    """Forget a source with all that came from it; issues and texts stay. Calls that still wait
    are dropped.

    What is known of its issues goes to another source of the project's that speaks of the same.
    """
    # A call that is processed meanwhile holds rows which this takes in another order.
    with writing(one_at_a_time=IN_ORDER):
        heirs = Source.objects.filter(project=source.project_id, origin=source.origin)
        found = sorted(
            heirs.exclude(pk=source.pk), key=lambda heir: (not has_token(heir.kind), heir.pk)
        )
        if found:
            source.foreign_issues.update(source=found[0])
        vault.forget(source)
        record(by, f"Removed the source {source}", source.project)
        source.delete()


def url(source: Source) -> str:
    """The URL to copy into the tracker; "" where its key cannot be read any more."""
    key = vault.read(source).get("key", "")
    return settings.PUBLIC_URL + reverse("hook", args=[source.kind, key]) if key else ""
