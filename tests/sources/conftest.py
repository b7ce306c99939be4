"""A project with a plugin that notes what it would send, and a source of any kind."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from sentry_twilio.core import plugins
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.delivery.states import State
from sentry_twilio.projects.models import Project
from sentry_twilio.sources import creation, vault
from sentry_twilio.sources.models import Source
from sentry_twilio.sources.processing import process_due

WEBHOOKS = Path(__file__).parent.parent / "data/webhooks"
SECRET = "the client secret of Sentry"
OPTIONS = {
    "account_sid": "AC" + "a" * 32,
    "auth_token": "b" * 32,
    "sms_from": "+15005550006",
    "sms_to": "+14155550123",
}


def captured(name: str) -> dict[str, Any]:
    """The JSON that a tracker sent."""
    content = json.loads((WEBHOOKS / f"{name}.json").read_text())
    body: dict[str, Any] = json.loads(content["body"])
    return body


@pytest.fixture
def project(db: None) -> Project:
    project = Project.objects.create(name="Shop", slug="shop")
    configure(project)
    return project


def configure(project: Project, **options: str) -> None:
    for name, value in (OPTIONS | options).items():
        plugins.get("twilio").set_option(name, value, project)


Make = Callable[..., Source]


@pytest.fixture
def make(project: Project) -> Make:
    """A source of that kind, of the host that the captured bodies link to."""

    def make(kind: str, **fields: Any) -> Source:
        host = kind.partition("-")[0]
        fields.setdefault("base_url", f"https://{host}.example.com")
        source = creation.create(fields.pop("project", project), kind, **fields)
        if kind == "sentry":
            vault.store(source, secret=SECRET)
        return source

    return make


@dataclass(frozen=True)
class Tracker:
    """Calls a source as its tracker does."""

    client: Client

    def post(
        self, source: Source, body: dict[str, Any] | bytes, resource: str = "", **headers: str
    ) -> HttpResponse:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        if source.kind == "sentry":
            headers.setdefault("Sentry-Hook-Signature", sign(raw))
            headers.setdefault("Sentry-Hook-Resource", resource)
        path = f"/hooks/{source.kind}/{vault.read(source)['key']}/"
        return self.client.post(path, raw, content_type="application/json", headers=headers)

    def tell(
        self, source: Source, body: dict[str, Any] | bytes, resource: str = "", **headers: str
    ) -> list[str]:
        """Post and process; the texts that came of it, without those kept back for a reason."""
        known = set(Delivery.objects.values_list("pk", flat=True))
        response = self.post(source, body, resource, **headers)
        assert response.status_code == 202, response.content
        process_due()
        made = Delivery.objects.exclude(pk__in=known).exclude(state=State.SUPPRESSED)
        made = made.order_by("pk")
        return list(made.values_list("body", flat=True))


def sign(raw: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


@pytest.fixture
def tracker(client: Client) -> Tracker:
    return Tracker(client)
