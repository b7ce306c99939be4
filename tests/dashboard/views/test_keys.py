from __future__ import annotations

import pytest

from sentry_twilio.projects.models import Project
from tests.dashboard.conftest import Browse, said

KEYS = "/projects/web-shop/settings/keys/"


def test_it_shows_each_keys_dsn(project: Project, browser: Browse) -> None:
    text = said(browser("admin").get(KEYS))
    assert f"https://{project.keys.get().public_key}@alerts.example.com/{project.pk}" in text


def test_it_makes_a_key(project: Project, browser: Browse) -> None:
    posted = {"label": "Browser", "event_limit": "60", "is_active": "on"}
    browser("admin").post(f"{KEYS}new/", posted)
    key = project.keys.get(label="Browser")
    assert (key.event_limit, key.is_active) == (60, True)
    assert project.audit_entries.first().action == "Made the key Browser"


def test_it_switches_a_key_off(project: Project, browser: Browse) -> None:
    key = project.keys.get()
    browser("admin").post(f"{KEYS}{key.pk}/", {"label": "Default", "event_limit": ""})
    key.refresh_from_db()
    assert not key.is_active
    assert project.audit_entries.first().action == "Changed the key Default (switched off)"
    assert "Events with it are turned away" in said(browser("admin").get(KEYS))


@pytest.mark.parametrize(
    "changes", [{"label": ""}, {"label": "x" * 81}, {"event_limit": "-1"}, {"event_limit": "many"}]
)
def test_it_refuses_what_makes_no_sense(
    changes: dict[str, str], project: Project, browser: Browse
) -> None:
    response = browser("admin").post(f"{KEYS}new/", {"label": "Browser", **changes})
    assert response.context["form"].errors.keys() == changes.keys()
    assert project.keys.count() == 1
