"""Where a provider reports what became of a message."""

from __future__ import annotations

import logging
import re
from urllib.parse import parse_qsl

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from sentry_twilio.core import Receipt, plugins
from sentry_twilio.delivery.models import Attempt, Delivery
from sentry_twilio.delivery.receipts import apply_receipt
from sentry_twilio.projects.transactions import writing

logger = logging.getLogger(__name__)

_TOKEN = re.compile(r"[\w-]{1,32}", re.ASCII)
MAX_BYTES = 64 * 1024
"""A report is well below 2 KB; a body beyond this is not one."""


@csrf_exempt
@login_not_required
@require_POST
def status(request: HttpRequest, slug: str) -> HttpResponse:
    """A report about the attempt named in the URL; 403 unless it is signed for its project."""
    body = request.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        return HttpResponse("The body is too large.", status=413)
    attempt = _find_attempt(request.GET.get("attempt", ""), slug)
    try:
        plugin = plugins.get(slug)
    except KeyError:
        attempt = None
    if attempt is None:
        # The same answer as for a wrong signature: a stranger learns nothing.
        return _forbidden(slug, "no such attempt")
    # What is signed is the address as the provider knows it, whatever the proxy made of it.
    url = settings.PUBLIC_URL + request.get_full_path()
    is_json = request.content_type == "application/json"
    callback = plugin.read_callback(
        url,
        [] if is_json else parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True),
        request.headers.get(plugin.signature_header),
        body if is_json else None,
        plugin.get_options(attempt.delivery.project),
    )
    if not isinstance(callback, Receipt):
        return _forbidden(slug, getattr(callback, "reason", "not a report"))
    _take_in(attempt, callback)
    return HttpResponse(status=204)


def _find_attempt(token: str, slug: str) -> Attempt | None:
    if not _TOKEN.fullmatch(token):
        return None
    return (
        Attempt.objects.select_related("delivery__project")
        .filter(token=token, delivery__plugin=slug)
        .first()
    )


def _take_in(attempt: Attempt, receipt: Receipt) -> None:
    """Apply a report to whoever holds its message, which is this attempt unless a twin with
    the same text found the message first and took it for its own."""
    ours = Delivery.objects.select_for_update().filter(project=attempt.delivery.project_id)
    with writing():
        row = ours.filter(plugin=attempt.delivery.plugin, sid=receipt.sid).first()
        row = row or ours.filter(pk=attempt.delivery_id).first()
        if row is not None:  # its project may have been deleted meanwhile
            row.expects_callback = True
            apply_receipt(row, receipt, timezone.now())
            row.save()


def _forbidden(slug: str, reason: str) -> HttpResponse:
    logger.warning("A report for the plugin %s was turned away: %s.", slug, reason)
    return HttpResponse("The signature is missing or wrong.", status=403)
