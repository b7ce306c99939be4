from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from sentry_twilio.core import options
from sentry_twilio.delivery import optouts
from sentry_twilio.delivery.models import Halt, OptOut
from sentry_twilio.projects.models import Project
from tests.dashboard.conftest import (
    NUMBER,
    OPTIONS,
    SENDER_KEY,
    Browse,
    World,
    said,
    twilio_form,
)

TWILIO = "/projects/web-shop/plugins/twilio/"
REASON = "Twilio does not accept the credentials."


@pytest.fixture
def halt(configured: Project) -> Halt:
    return Halt.objects.create(project=configured, plugin="twilio", code=20003, reason=REASON)


@pytest.mark.parametrize(
    "page",
    [
        "",
        "start/",
        "issues/{world.issue.pk}/",
        "deliveries/",
        "deliveries/{world.delivery.pk}/",
        "settings/",
        "settings/delivery/",
        "settings/members/",
        "plugins/",
        "plugins/twilio/",
    ],
)
def test_a_halt_stands_on_every_page_of_its_project(
    page: str, world: World, halt: Halt, browser: Browse
) -> None:
    text = said(browser("admin").get(f"/projects/web-shop/{page.format(world=world)}"))
    assert "Nothing is being sent through Twilio (SMS)" in text
    assert REASON in text
    assert f'action="{TWILIO}try-again/"' in text


def test_a_halt_that_is_on_trial_says_what_it_waits_for(halt: Halt, browser: Browse) -> None:
    page = browser("admin").get("/projects/web-shop/")
    assert "one message is tried" not in said(page)
    Halt.objects.update(on_trial=True)
    assert "one message is tried" in said(browser("admin").get("/projects/web-shop/"))


def test_a_halt_is_told_to_members_without_a_button(halt: Halt, browser: Browse) -> None:
    text = said(browser("member").get("/projects/web-shop/"))
    assert REASON in text
    assert "An admin of the project can mend it." in text
    assert "try-again" not in text


def test_a_halt_is_no_business_of_other_projects(
    halt: Halt, browser: Browse, people: dict[str, object]
) -> None:
    Project.objects.create(name="Other", slug="other")
    assert REASON not in said(browser("superuser").get("/projects/other/"))


def test_an_admin_lifts_a_halt(halt: Halt, configured: Project, browser: Browse) -> None:
    text = said(browser("admin").post(f"{TWILIO}try-again/", follow=True))
    assert not Halt.objects.exists()
    assert REASON not in text
    entry = configured.audit_entries.first()
    assert entry.action == "Had Twilio (SMS) try to send again"


def test_a_halt_that_is_over_is_not_lifted_twice(configured: Project, browser: Browse) -> None:
    before = configured.audit_entries.count()
    text = said(browser("admin").post(f"{TWILIO}try-again/", follow=True))
    assert "Nothing keeps Twilio (SMS) from sending" in text
    assert configured.audit_entries.count() == before


@pytest.mark.parametrize("changes", [{}, {"auth_token": "f" * 32}])
def test_saved_settings_lift_the_halt(changes: dict[str, str], halt: Halt, browser: Browse) -> None:
    browser("admin").post(TWILIO, twilio_form(**changes))
    assert not Halt.objects.exists()


def test_settings_with_a_mistake_lift_nothing(halt: Halt, browser: Browse) -> None:
    browser("admin").post(TWILIO, twilio_form(sms_to="911"))
    assert Halt.objects.exists()


def test_the_next_alert_is_tried_with_an_opted_out_recipient(world: World, browser: Browse) -> None:
    now = timezone.now()
    assert optouts.blocked({(SENDER_KEY, NUMBER)}, now)
    path = f"{TWILIO}opt-outs/{world.opt_out.pk}/try-again/"
    text = said(browser("admin").post(path, follow=True))
    assert "The next alert is tried with them." in text
    assert path not in text
    assert not optouts.blocked({(SENDER_KEY, NUMBER)}, timezone.now() + timedelta(seconds=1))
    entry = world.project.audit_entries.first()
    assert entry.action == f"Asked to try {NUMBER} again, who opted out"


@pytest.mark.parametrize(
    ("sender_key", "recipient"),
    [(SENDER_KEY, "+14155550999"), (SENDER_KEY.replace("+15005550006", "MG1"), NUMBER)],
)
def test_no_opt_out_of_another_recipient_or_sender_is_tried(
    sender_key: str, recipient: str, configured: Project, browser: Browse
) -> None:
    other = OptOut.objects.create(sender_key=sender_key, recipient=recipient, source="message")
    response = browser("admin").post(f"{TWILIO}opt-outs/{other.pk}/try-again/")
    assert response.status_code == 404
    other.refresh_from_db()
    assert other.retry_at is None


def test_no_opt_out_is_tried_before_the_plugin_is_set_up(world: World, browser: Browse) -> None:
    options.installed().set(world.project, "twilio", dict.fromkeys(OPTIONS))
    path = f"{TWILIO}opt-outs/{world.opt_out.pk}/try-again/"
    assert browser("admin").post(path).status_code == 404
