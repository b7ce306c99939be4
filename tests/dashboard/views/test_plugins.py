from __future__ import annotations

from typing import Any

import pytest

from sentry_twilio.core import plugins
from sentry_twilio.projects.models import AuditEntry, Project
from tests.dashboard.conftest import NUMBER, OPTIONS, TOKEN, Browse, said, twilio_form

PLUGINS = "/projects/web-shop/plugins/"
TWILIO = f"{PLUGINS}twilio/"


def stored(project: Project) -> dict[str, str]:
    return plugins.get("twilio").get_options(project)


def test_it_stores_what_the_form_returns(project: Project, browser: Browse) -> None:
    response = browser("admin").post(TWILIO, twilio_form(sms_to="(415) 555-0123"), follow=True)
    assert "Saved" in said(response)
    assert stored(project).items() >= OPTIONS.items()


def test_it_shows_each_mistake_beside_its_field_and_stores_nothing(
    project: Project, browser: Browse
) -> None:
    response = browser("admin").post(TWILIO, twilio_form(sms_to="911", account_sid="AC1"))
    assert response.context["form"].errors.keys() == {"sms_to", "account_sid"}
    assert "911 is not a valid phone number." in said(response)
    assert stored(project) == {}


def test_it_never_shows_a_secret_again(configured: Project, browser: Browse) -> None:
    admin = browser("admin")
    pages = [
        admin.get(TWILIO),
        admin.post(TWILIO, twilio_form(sms_to="911", auth_token="f" * 32)),
        admin.post(TWILIO, twilio_form(auth_token=""), follow=True),
        admin.get(PLUGINS),
        admin.get("/projects/web-shop/settings/log/"),
    ]
    for page in pages:
        assert TOKEN not in said(page)
        assert "f" * 32 not in said(page)
    assert "stored; leave empty to keep it" in said(pages[0])


def test_it_keeps_a_secret_whose_field_is_left_empty(configured: Project, browser: Browse) -> None:
    browser("admin").post(TWILIO, twilio_form(auth_token="", sms_to="+14155550199"))
    assert stored(configured)["auth_token"] == TOKEN
    assert stored(configured)["sms_to"] == "+14155550199"


def test_it_forgets_what_the_form_no_longer_names(configured: Project, browser: Browse) -> None:
    browser("admin").post(TWILIO, twilio_form(sms_link="on"))
    assert stored(configured)["sms_link"] == "1"
    browser("admin").post(TWILIO, twilio_form())
    assert "sms_link" not in stored(configured)


def test_it_records_which_settings_changed_but_not_to_what(
    configured: Project, browser: Browse
) -> None:
    browser("admin").post(TWILIO, twilio_form(auth_token="e" * 32, sms_to="+14155550199"))
    entry = AuditEntry.objects.first()
    assert entry.action == (
        "Changed the settings of Twilio (SMS): auth_token, sms_segments, sms_to"
    )


def test_it_switches_a_plugin_off_and_on_and_keeps_its_settings(
    configured: Project, browser: Browse
) -> None:
    admin = browser("admin")
    admin.post(f"{TWILIO}switch/", {"on": "0"})
    assert plugins.for_project(configured) == []
    admin.post(TWILIO, twilio_form())
    assert plugins.for_project(configured) == []
    assert "This plugin is off" in said(admin.get(TWILIO))
    admin.post(f"{TWILIO}switch/", {"on": "1"})
    assert [plugin.slug for plugin in plugins.for_project(configured)] == ["twilio"]
    assert stored(configured)["sms_to"] == NUMBER


@pytest.mark.parametrize("path", ["", "switch/", "test/"])
def test_it_knows_no_plugin_that_is_not_installed(
    path: str, project: Project, browser: Browse
) -> None:
    assert browser("admin").post(f"{PLUGINS}carrier-pigeon/{path}").status_code == 404


def test_it_says_which_plugin_is_not_set_up(project: Project, browser: Browse) -> None:
    assert "Not set up" in said(browser("admin").get(PLUGINS))
    assert "Save the settings first" in said(browser("admin").get(TWILIO))


def test_it_says_what_carriers_will_make_of_the_saved_settings(
    configured: Project, browser: Browse
) -> None:
    admin = browser("admin")
    assert "Before the first night" not in said(admin.get(TWILIO)), "a test number needs nothing"
    admin.post(TWILIO, twilio_form(sms_from="+18005551234"))
    page = said(admin.get(TWILIO))
    assert "Before the first night" in page
    assert "+18005551234 to the US and Canada are blocked until it is verified." in page


def test_it_warns_of_links_by_the_hosts_own_address(
    configured: Project, browser: Browse, settings: Any
) -> None:
    admin = browser("admin")
    admin.post(TWILIO, twilio_form(sms_link="on"))
    assert "Links in texts" not in said(admin.get(TWILIO))
    settings.PUBLIC_URL = "http://10.0.0.7:8000"
    assert "Links in texts point to 10.0.0.7" in said(admin.get(TWILIO))


def test_it_warns_of_nothing_before_anything_is_saved(project: Project, browser: Browse) -> None:
    assert "Before the first night" not in said(browser("admin").get(TWILIO))
