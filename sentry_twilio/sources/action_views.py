"""What Sentry asks while somebody sets up an alert rule's action."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from sentry_twilio.sources import action, doors, routing
from sentry_twilio.sources.groups import WHATS, What
from sentry_twilio.sources.hook import NotUnderstood, parse
from sentry_twilio.sources.models import Source
from sentry_twilio.sources.views import refuse
from sentry_twilio.tracker.body import read_body
from sentry_twilio.tracker.rejected import Rejected

logger = logging.getLogger(__name__)

KIND = "sentry"


@csrf_exempt
@login_not_required
@require_POST
def save(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """Somebody saves the rule: an answer from 400 on blocks that, and its message is shown."""

    def check(source: Source, body: bytes) -> HttpResponse:
        try:
            problem = action.problem_of(source, parse(body))
        except NotUnderstood as exc:
            raise Rejected(400, str(exc)) from None
        if problem:
            # Not a bad call: a person made a mistake, and is told.
            return JsonResponse({"message": problem}, status=400)
        return JsonResponse({"message": "These settings are fine."})

    return _answer(request, kind, key, check)


@csrf_exempt
@login_not_required
@require_GET
def choices(request: HttpRequest, kind: str, key: str, what: str) -> HttpResponse:
    """What a select field offers: names, never numbers. Signed over the empty string."""

    def offer(source: Source, body: bytes) -> HttpResponse:
        project = action.project_of(source, request.GET.get("projectSlug", ""))
        query = request.GET.get("query", "").lower()
        found = [
            {"label": label, "value": value, "default": value == routing.USUAL}
            for label, value in routing.choices(project, cast("What", what))
            if query in label.lower()
        ]
        return JsonResponse(found, safe=False)

    if what not in WHATS:
        return refuse(None, Rejected(404, "There is no such field."))
    return _answer(request, kind, key, offer)


def _answer(
    request: HttpRequest, kind: str, key: str, do: Callable[[Source, bytes], HttpResponse]
) -> HttpResponse:
    source: Source | None = None
    try:
        door = doors.find(kind if kind == KIND else "", key)
        source = door.source
        body = b"" if request.method == "GET" else read_body(request, settings.HOOK_MAX_BYTES)
        doors.prove(door, body, request.headers)
        return do(source, body)
    except Rejected as exc:
        return refuse(source, exc)
    except (DatabaseError, InterfaceError):
        logger.exception("Sentry asked about an alert rule's action: the database did not answer.")
        return refuse(None, Rejected(503, "The database did not answer. Try again later."))
