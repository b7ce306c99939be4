"""Where other trackers report to."""

from __future__ import annotations

import logging
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from sentry_twilio.sources import doors, intake
from sentry_twilio.sources.models import Source
from sentry_twilio.tracker.body import read_body
from sentry_twilio.tracker.rejected import Rejected

logger = logging.getLogger(__name__)

SCHEMA = Path(__file__).with_name("generic.schema.json")


@csrf_exempt
@login_not_required
def hook(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """`POST /hooks/<kind>/<key>/`: taken in and answered; a worker does the rest."""
    source: Source | None = None
    if request.method != "POST":
        return refuse(None, Rejected(405, "Alerts come by POST.", {"Allow": "POST"}))
    try:
        with intake.under_way():
            door = doors.find(kind, key)
            source = door.source
            body = read_body(request, settings.HOOK_MAX_BYTES)
            is_new = intake.receive(door, body, request.headers)
    except Rejected as exc:
        return refuse(source, exc)
    except (DatabaseError, InterfaceError):
        logger.exception("A call could not be stored: the database did not take it.")
        return refuse(None, Rejected(503, "The call could not be stored. Try again later."))
    return JsonResponse({"status": "accepted" if is_new else "known"}, status=202)


@login_not_required
@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """`GET /hooks/generic/schema.json`: what the generic source takes."""
    return HttpResponse(SCHEMA.read_bytes(), content_type="application/schema+json")


def refuse(source: Source | None, rejected: Rejected) -> HttpResponse:
    """The answer to a call that is turned away, which its source's page then shows."""
    if source is not None:
        logger.warning(
            "A call to source %s (%s) was turned away: %s",
            source.pk,
            source.kind,
            rejected.detail,
        )
        try:
            intake.note_bad(source, rejected.detail)
        except (DatabaseError, InterfaceError):
            logger.exception("A call that was turned away could not be counted.")
    return JsonResponse(
        # Sentry shows `message` to whoever saves a rule.
        {"detail": rejected.detail, "message": rejected.detail},
        status=rejected.status,
        headers=rejected.headers,
    )
