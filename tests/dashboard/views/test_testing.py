from __future__ import annotations

from types import SimpleNamespace

import pytest

from sentry_twilio.core import options
from sentry_twilio.delivery.models import Delivery
from sentry_twilio.delivery.states import State
from sentry_twilio.projects.models import Project
from sentry_twilio.tracker.models import Issue
from tests.dashboard.conftest import NUMBER, Browse, make_delivery, said

TEST = "/projects/web-shop/plugins/twilio/test/"


def test_it_writes_to_the_saved_recipients_whatever_is_posted(
    configured: Project, browser: Browse
) -> None:
    response = browser("admin").post(TEST, {"sms_to": "+14155550177"}, follow=True)
    delivery = Delivery.objects.get()
    assert delivery.recipient == NUMBER
    assert response.redirect_chain == [(f"{TEST}{delivery.notification_id}/", 302)]
    assert delivery.body in said(response)
    assert configured.audit_entries.first().action == "Sent a test message through Twilio (SMS)"


def test_it_sends_nothing_before_the_plugin_is_set_up(project: Project, browser: Browse) -> None:
    response = browser("admin").post(TEST, follow=True)
    assert "No test message was sent. Twilio (SMS) is not configured" in said(response)
    assert not Delivery.objects.exists()


def test_it_allows_only_so_many_an_hour_for_each_project(
    configured: Project, browser: Browse, settings: object, clock: SimpleNamespace
) -> None:
    settings.TEST_MESSAGES_PER_HOUR = 2
    admin = browser("admin")
    for _ in range(3):
        response = admin.post(TEST, follow=True)
    assert "the limit is 2 an hour" in said(response)
    assert "Try again in 60 min" in said(response)
    assert Delivery.objects.count() == 2

    other = Project.objects.create(name="Other", slug="other")
    options.installed().set(other, "twilio", options.installed().all(configured)["twilio"])
    browser("superuser").post("/projects/other/plugins/twilio/test/")
    assert Delivery.objects.filter(project=other).count() == 1

    clock.now += 3600
    admin.post(TEST)
    assert Delivery.objects.filter(project=configured).count() == 3


def test_it_follows_the_messages_until_all_are_final(configured: Project, browser: Browse) -> None:
    delivery = make_delivery(configured, None)
    path = f"{TEST}{delivery.notification_id}/"
    waiting = said(browser("admin").get(f"{path}?part"))
    assert f'data-poll="{path}?part"' in waiting
    assert "<html" not in waiting
    Delivery.objects.update(
        state=State.REFUSED, due_at=None, code=21610, reason=f"{NUMBER} answered <STOP>."
    )
    response = browser("admin").get(f"{path}?part")
    assert "data-poll" not in said(response)
    assert f"{NUMBER} answered <STOP>. Code 21610." in said(response)
    assert "<STOP>" not in response.content.decode()


@pytest.mark.parametrize("query", ["", "?part"])
def test_it_shows_the_result_of_tests_only(
    query: str, configured: Project, issue: Issue, browser: Browse
) -> None:
    alarm = make_delivery(configured, issue)
    assert browser("admin").get(f"{TEST}{alarm.notification_id}/{query}").status_code == 404
