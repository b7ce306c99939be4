"""What machines ask this host about itself."""

from __future__ import annotations

import re
from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from sentry_twilio.delivery import health
from sentry_twilio.delivery.metrics import registry

_LOCAL_NAME = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?", re.IGNORECASE)
_SIGNS_OF_A_PROXY = ("HTTP_X_FORWARDED", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while all is well, else 503; either way what was looked at, without a secret."""
    found = health.check()
    checks = [
        {"name": check.name, "ok": check.ok, "sentence": check.sentence} for check in found.checks
    ]
    return JsonResponse(
        {"status": "well" if found.is_well else "unwell", "checks": checks},
        status=200 if found.is_well else 503,
    )


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus, with METRICS_TOKEN as bearer; without one, for this machine only."""
    if settings.METRICS_TOKEN:
        if not _has_token(request):
            return HttpResponse(
                "Send METRICS_TOKEN: Authorization: Bearer <token>\n",
                "text/plain",
                401,
                headers={"WWW-Authenticate": 'Bearer realm="metrics"'},
            )
    elif not _is_from_here(request):
        return HttpResponse(
            "Without METRICS_TOKEN, only this machine is told, and not through a proxy.\n",
            "text/plain",
            403,
        )
    try:
        text = generate_latest(registry())
    except (DatabaseError, InterfaceError):
        connection.close()
        return HttpResponse("The database does not answer.\n", "text/plain", 503)
    return HttpResponse(text, CONTENT_TYPE_PLAIN_0_0_4)


def _has_token(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    is_right = constant_time_compare(token.strip(), settings.METRICS_TOKEN)
    return is_right and scheme.lower() == "bearer"


def _is_from_here(request: HttpRequest) -> bool:
    """Whether a process of this machine asked for itself, and not a proxy for a stranger.

    A proxy on this machine has a loopback address. Most say for whom they ask, and those that
    do not mostly pass on the name under which they were asked.
    """
    if any(name.startswith(_SIGNS_OF_A_PROXY) for name in request.META):
        return False
    if not _LOCAL_NAME.fullmatch(request.get_host()):
        return False
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
