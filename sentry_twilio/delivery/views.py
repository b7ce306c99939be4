"""Where a provider reports what became of a message, and what recipients write."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from urllib.parse import parse_qsl

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from sentry_twilio.core import Invalid, plugins
from sentry_twilio.delivery import callbacks
from sentry_twilio.delivery.models import Attempt
from sentry_twilio.delivery.verification import SignedRequest

logger = logging.getLogger(__name__)

_TOKEN = re.compile(r"[\w-]{1,32}", re.ASCII)
MAX_BYTES = 64 * 1024
"""A report is well below 2 KB, the longest text message below 20; beyond this it is neither."""
MAX_FIELDS = 500


@csrf_exempt
@login_not_required
@require_POST
def status(request: HttpRequest, slug: str) -> HttpResponse:
    """A report on the attempt named in the URL, or on a message by its SID."""

    def take(signed: SignedRequest) -> Invalid | None:
        token = request.GET.get("attempt", "")
        return callbacks.take_report(signed, _find_attempt(token, slug))

    return _answer(request, slug, take, HttpResponse(status=204))


@csrf_exempt
@login_not_required
@require_POST
def inbound(request: HttpRequest, slug: str) -> HttpResponse:
    """What a recipient wrote. The answer is an empty TwiML document: nothing is sent back."""
    # https://www.twilio.com/docs/messaging/twiml
    nothing = HttpResponse(
        '<?xml version="1.0" encoding="UTF-8"?><Response/>', content_type="text/xml"
    )
    return _answer(request, slug, callbacks.take_inbound, nothing)


def _answer(
    request: HttpRequest,
    slug: str,
    take: Callable[[SignedRequest], Invalid | None],
    thanks: HttpResponse,
) -> HttpResponse:
    body = request.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        return HttpResponse("The body is too large.", status=413)
    signed = _signed(request, slug, body)
    refused = take(signed) if isinstance(signed, SignedRequest) else signed
    if refused is None:
        return thanks
    # The same for an unknown plugin, attempt or account: a stranger learns nothing.
    logger.warning("A callback for the plugin %s was turned away: %s", slug, refused.reason)
    return HttpResponse("The signature is missing or wrong.", status=403)


def _signed(request: HttpRequest, slug: str, body: bytes) -> SignedRequest | Invalid:
    try:
        plugin = plugins.get(slug)
    except KeyError:
        return Invalid("There is no such plugin.")
    signature = request.headers.get(plugin.signature_header)
    if not signature:
        return Invalid("It is not signed.")
    is_json = request.content_type == "application/json"
    try:
        params = parse_qsl(
            "" if is_json else body.decode("utf-8", "replace"),
            keep_blank_values=True,
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        return Invalid(f"It has more than {MAX_FIELDS} fields.")
    return SignedRequest(
        plugin=plugin,
        # What is signed is the address as the provider knows it, whatever a proxy made of it.
        url=settings.PUBLIC_URL + request.get_full_path(),
        params=params,
        signature=signature,
        body=body if is_json else None,
    )


def _find_attempt(token: str, slug: str) -> Attempt | None:
    if not _TOKEN.fullmatch(token):
        return None
    return (
        Attempt.objects.select_related("delivery__project")
        .filter(token=token, delivery__plugin=slug)
        .first()
    )
