"""Reporting this host's own errors to another tracker, without what nobody else may know."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import sentry_sdk
from django.db import DatabaseError
from sentry_sdk.scrubber import DEFAULT_DENYLIST, DEFAULT_PII_DENYLIST, EventScrubber

from sentry_twilio.core import plugins
from sentry_twilio.server.logs import mask_all


def report(dsn: str, **options: Any) -> None:
    """Start reporting to `dsn`; nothing where it is empty. `options` are the SDK's own."""
    if not dsn:
        return
    key = urlsplit(dsn).username or ""
    secrets = {name for plugin in plugins.all() for name in plugin.secret_options}
    sentry_sdk.init(
        dsn=dsn,
        # Forms hold secrets, reports of deliveries hold numbers and texts, and so may the
        # variables of any of our frames.
        max_request_body_size="never",
        include_local_variables=False,
        event_scrubber=EventScrubber(
            denylist=[*DEFAULT_DENYLIST, *sorted(secrets)],
            pii_denylist=DEFAULT_PII_DENYLIST,
            recursive=True,
        ),
        before_breadcrumb=_without_path,
        before_send=lambda event, hint: None if _leads_here(key, event) else mask_all(event),
        **options,
    )


def _without_path(crumb: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """A look-up's query names the recipient, and the path of a webhook is its key."""
    data = crumb.get("data")
    if isinstance(data, dict):
        data.pop("http.query", None)
        if isinstance(data.get("url"), str):
            scheme, _, rest = data["url"].partition("://")
            data["url"] = f"{scheme}://{re.split('[/?#]', rest)[0].rpartition('@')[2]}"
    return crumb


def _leads_here(key: str, event: Mapping[str, Any]) -> bool:
    """Whether the DSN is one of ours: an error while taking an event in would report itself,
    for ever. Where the database cannot say, such an error is kept back and others are not."""
    try:
        return _is_ours(key)
    except DatabaseError:
        # The pattern of the address that was asked for.
        return str(event.get("transaction", "")).endswith(("/envelope/", "/store/"))


@cache
def _is_ours(key: str) -> bool:
    from sentry_twilio.projects.models import ProjectKey

    return ProjectKey.objects.filter(public_key=key).exists()
