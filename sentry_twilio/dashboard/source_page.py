"""What the page of a source shows: its URL, its newest calls, and where its projects belong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from sentry_twilio.dashboard.forms.sources import MapForm
from sentry_twilio.dashboard.guard import ProjectRequest
from sentry_twilio.projects.access import administered_by, visible_to
from sentry_twilio.sources import action, creation, silence
from sentry_twilio.sources.kinds import KINDS
from sentry_twilio.sources.models import Call, Source
from sentry_twilio.tracker.models import Issue

CALLS_SHOWN = 10


def whole(request: ProjectRequest, source: Source, stored: Mapping[str, str]) -> dict[str, Any]:
    """All of the page but its form. `stored`: the source's secrets. Of them it shows the key, in
    the URL, and a secret that we made ourselves, since both have to be copied into the tracker."""
    kind, key = KINDS[source.kind], stored.get("key", "")
    ours = administered_by(request.user)
    is_sentry = source.kind == "sentry" and key
    return {
        **called(request, source),
        "url": creation.url(source) if key else "",
        "secret": stored.get("secret", "") if kind.makes_own_secret else "",
        "has_secret": "secret" in stored,
        # A template would call the function instead of asking whether there is one.
        "is_proved": kind.verify is not None and source.is_signed,
        "schema": json.dumps(action.schema(source, key), indent=2) if is_sentry else "",
        "steps": f"dashboard/steps/{source.kind}.html",
        "mappings": [
            (foreign, MapForm(foreign, ours, auto_id=f"map{foreign.pk}_%s"))
            for foreign in source.foreign_projects.all()
        ],
        "recent": [(call, _issue(request, call)) for call in _calls(source)[:CALLS_SHOWN]],
        "unmapped": source.inbox.filter(state=Call.State.UNMAPPED).count(),
    }


def called(request: ProjectRequest, source: Source) -> dict[str, Any]:
    """The part that changes once the first call came."""
    newest = _calls(source).first()
    return {
        "source": source,
        "kind": KINDS[source.kind],
        "is_silent": silence.is_unusual(source, timezone.now()),
        "newest": newest,
        "newest_issue": _issue(request, newest) if newest else None,
    }


def _calls(source: Source) -> QuerySet[Call]:
    return source.inbox.defer("body").select_related("issue__project").order_by("-id")


def _issue(request: ProjectRequest, call: Call) -> Issue | None:
    """What the call was about; None where the viewer may not see the project it belongs to."""
    issue = call.issue
    if issue is None or issue.project == request.project:
        return issue
    return issue if visible_to(request.user).filter(pk=issue.project_id).exists() else None
