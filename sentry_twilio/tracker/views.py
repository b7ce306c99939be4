"""Where Sentry's SDKs report to."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from sentry_twilio.tracker import doors, limits
from sentry_twilio.tracker.auth import key_of_request
from sentry_twilio.tracker.body import read_body
from sentry_twilio.tracker.event import read_event
from sentry_twilio.tracker.ingest import ingest
from sentry_twilio.tracker.payload import parse_object
from sentry_twilio.tracker.rejected import Rejected
from sentry_twilio.tracker.submission import Submission, read_envelope, read_store

logger = logging.getLogger(__name__)

# A page of any origin may report: what protects a project is its key and its limits.
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "X-Sentry-Error, X-Sentry-Rate-Limits, Retry-After",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": (
        "X-Sentry-Auth, Authorization, Content-Type, Content-Encoding, "
        "X-Requested-With, Origin, Accept, Baggage, Sentry-Trace"
    ),
    "Access-Control-Max-Age": "3600",
}


@csrf_exempt
@login_not_required
def envelope(request: HttpRequest, project: str) -> HttpResponse:
    """`POST /api/<project>/envelope/`: every SDK of today."""
    return _answer(request, project, read_envelope)


@csrf_exempt
@login_not_required
def store(request: HttpRequest, project: str) -> HttpResponse:
    """`POST /api/<project>/store/`: sentry-sdk 1.5, raven and their age."""
    return _answer(request, project, read_store)


def _answer(
    request: HttpRequest, project: str, read: Callable[[bytes], Submission]
) -> HttpResponse:
    response: HttpResponse
    if request.method == "OPTIONS":
        response = HttpResponse(status=204, headers=_PREFLIGHT)
    else:
        try:
            event_id = _receive(request, project, read)
            response = JsonResponse({"id": event_id} if event_id else {})
        except Rejected as exc:
            logger.info("Rejected a report to project %.20r: %s", project, exc.detail)
            response = _error(exc)
        except OperationalError:
            logger.exception("An event could not be stored: the database did not take it.")
            response = _error(Rejected(503, "The event could not be stored. Try again later."))
    for name, value in _CORS.items():
        response.headers[name] = value
    return response


def _receive(request: HttpRequest, project: str, read: Callable[[bytes], Submission]) -> str | None:
    """Take a request in; the id of the event that was in it, if one was."""
    if request.method != "POST":
        raise Rejected(405, "Reports come by POST.", {"Allow": "POST, OPTIONS"})
    key = key_of_request(request)
    door = doors.find(project, key) if key else None  # before anything large is read
    submission = read(read_body(request, settings.ENVELOPE_MAX_BYTES))
    door = door or doors.find(project, submission.key)
    if submission.event is None:
        return None
    limits.check(door)
    data = parse_object(submission.event, "event")
    report = read_event(data, timezone.now(), submission.event_id)
    ingest(door, report)
    return report.event_id


def _error(rejected: Rejected) -> JsonResponse:
    return JsonResponse(
        {"detail": rejected.detail},
        status=rejected.status,
        headers={"X-Sentry-Error": rejected.detail, **rejected.headers},
    )
