"""Where a provider reports what became of a message."""

from __future__ import annotations

import logging
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
    attempt = (
        Attempt.objects.select_related("delivery__project")
        .filter(token=request.GET.get("attempt", ""), delivery__plugin=slug)
        .first()
    )
    if attempt is None:
        # The same answer as for a wrong signature: a stranger learns nothing.
        return _forbidden(slug, "no such attempt")
    plugin = plugins.get(slug)
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
    with writing():
        row = Delivery.objects.select_for_update().get(pk=attempt.delivery_id)
        apply_receipt(row, callback, timezone.now())
        row.save()
    return HttpResponse(status=204)


def _forbidden(slug: str, reason: str) -> HttpResponse:
    logger.warning("A report for the plugin %s was turned away: %s.", slug, reason)
    return HttpResponse("The signature is missing or wrong.", status=403)
