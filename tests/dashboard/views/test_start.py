from __future__ import annotations

from sentry_twilio.projects.models import Project
from tests.dashboard.conftest import Browse, make_issue, said

START = "/projects/web-shop/start/"


def test_it_shows_the_lines_to_paste(project: Project, browser: Browse) -> None:
    text = said(browser("admin").get(START))
    assert "sentry_sdk.init(dsn=" in text
    assert "@sentry/node" in text


def test_it_says_so_when_every_key_is_off(project: Project, browser: Browse) -> None:
    project.keys.update(is_active=False)
    text = said(browser("admin").get(START))
    assert "All keys of this project are switched off" in text
    assert project.keys.get().public_key not in text


def test_it_waits_for_the_first_event_and_notices_it(project: Project, browser: Browse) -> None:
    admin = browser("admin")
    waiting = said(admin.get(f"{START}first-event/"))
    assert f'data-poll="{START}first-event/"' in waiting
    assert "Waiting" in waiting
    issue = make_issue(project)
    arrived = said(admin.get(f"{START}first-event/"))
    assert "data-poll" not in arrived
    assert f"/projects/web-shop/issues/{issue.pk}/" in arrived


def test_it_leads_on_to_the_plugins(configured: Project, browser: Browse) -> None:
    text = said(browser("admin").get(START))
    assert "/projects/web-shop/plugins/twilio/" in text
    assert "Text messages are set up" in text
