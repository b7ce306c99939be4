from __future__ import annotations

from sentry_twilio.projects.models import Project
from tests.dashboard.conftest import Browse, make_delivery, make_issue, said, try_fallback

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


def test_it_asks_who_gets_a_text_before_it_asks_for_an_event(
    project: Project, browser: Browse
) -> None:
    text = said(browser("admin").get(START))
    steps = [
        "Let your application report its errors",
        "Say who gets a text message",
        "See the first event",
        "Say who is told when no text gets through",
    ]
    assert sorted(steps, key=text.index) == steps
    assert "/projects/web-shop/settings/sources/" in text


def test_an_event_that_came_before_the_plugin_was_set_up_is_no_longer_new(
    configured: Project, browser: Browse
) -> None:
    issue = make_issue(configured)
    make_delivery(configured, None)  # a test message tells of no issue
    part = f"{START}first-event/"
    assert "resolve it, or raise another error" in said(browser("admin").get(part))
    make_delivery(configured, issue)
    assert "raise another error" not in said(browser("admin").get(part))


def test_it_says_whether_there_is_a_fallback(project: Project, browser: Browse) -> None:
    assert "A fallback is set up" not in said(browser("admin").get(START))
    trial = try_fallback(project)
    assert "A fallback is set up" in said(browser("admin").get(START))
    trial.targets.update(state="failed")
    page = said(browser("admin").get(START))
    assert "The last trial of the fallback failed" in page
    assert "A fallback is set up" not in page
