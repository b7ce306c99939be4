from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sentry_twilio.core import plugins
from sentry_twilio.dashboard import credentials
from sentry_twilio.emulator.testing import RunningEmulator
from sentry_twilio.projects.models import AuditEntry, Project
from sentry_twilio.twilio.sender import TwilioSender
from tests.dashboard.conftest import NUMBER, OPTIONS, TOKEN, Browse, said, twilio_form

PLUGINS = "/projects/web-shop/plugins/"
TWILIO = f"{PLUGINS}twilio/"
REAL_CHECK = TwilioSender.check


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


@pytest.fixture
def twilio(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningEmulator]:
    monkeypatch.setattr(TwilioSender, "check", REAL_CHECK)
    with RunningEmulator() as running:
        monkeypatch.setattr(plugins.get("twilio"), "base_url", running.base_url)
        yield running


def of(twilio: RunningEmulator, **changes: str) -> dict[str, str]:
    """What the form sends with the emulated account's credentials."""
    own = {"account_sid": twilio.account_sid, "auth_token": twilio.auth_token}
    return twilio_form(**{**own, **changes})


def test_it_says_that_twilio_accepts_new_credentials_and_sends_nothing(
    project: Project, browser: Browse, twilio: RunningEmulator
) -> None:
    page = said(browser("admin").post(TWILIO, of(twilio), follow=True))
    assert "Saved. Twilio (SMS) accepts the credentials." in page
    assert twilio.messages() == []


def test_it_says_at_once_that_a_token_is_wrong_and_saves_it(
    project: Project, browser: Browse, twilio: RunningEmulator
) -> None:
    wrong = of(twilio, auth_token="e" * 32)
    page = said(browser("admin").post(TWILIO, wrong, follow=True))
    assert "no text will be sent. Twilio (SMS) does not accept the credentials" in page
    assert page.count("20003") == 1
    assert "e" * 32 not in page
    assert stored(project)["auth_token"] == "e" * 32


def test_it_saves_while_twilio_is_away_and_says_that_it_could_not_ask(
    project: Project, browser: Browse
) -> None:
    page = said(browser("admin").post(TWILIO, twilio_form(), follow=True))
    assert "accepts the credentials could not be asked: Twilio could not be reached." in page
    assert stored(project).items() >= OPTIONS.items()


def test_it_waits_for_twilio_no_longer_than_a_person_would(
    project: Project, browser: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    monkeypatch.setattr(credentials, "LONGEST", 0.1)
    monkeypatch.setattr(TwilioSender, "check", lambda self: released.wait(60) and None)
    page = said(browser("admin").post(TWILIO, twilio_form(), follow=True))
    released.set()
    assert "no answer came within 0.1 seconds" in page


@pytest.mark.parametrize(
    ("changes", "is_asked"),
    [
        ({"sms_to": "+14155550199", "sms_from": "+15005550009"}, False),
        ({"auth_token": ""}, False),
        ({"auth_token": "e" * 32}, True),
        ({"account_sid": "AC" + "b" * 32}, True),
    ],
)
def test_only_other_credentials_are_asked_about(
    changes: dict[str, str],
    is_asked: bool,
    configured: Project,
    browser: Browse,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []
    monkeypatch.setattr(TwilioSender, "check", lambda self: asked.append(self))
    browser("admin").post(TWILIO, twilio_form(**changes))
    assert bool(asked) is is_asked
