"""The page of named recipients and senders."""

from __future__ import annotations

from sentry_twilio.projects.models import Project
from sentry_twilio.sources import groups
from tests.dashboard.conftest import Browse, said


def test_a_group_is_made_and_removed(configured: Project, browser: Browse) -> None:
    admin = browser("admin")
    base = "/projects/web-shop/settings/groups/"
    entered = {"what": "recipients", "name": "Nights", "value": "(415) 555-0124"}
    assert "“Nights” can be chosen now." in said(admin.post(base, entered, follow=True))
    assert groups.read(configured, "recipients") == {"Nights": "(415) 555-0124"}
    page = said(admin.post(base, {**entered, "value": "911"}))
    assert "911 is not a valid phone number." in page
    admin.post(f"{base}remove/", {"what": "recipients", "name": "Nights"})
    assert groups.read(configured, "recipients") == {}
