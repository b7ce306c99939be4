from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sentry_twilio.delivery import fallback, policy
from sentry_twilio.delivery.models import FallbackMessage, FallbackTarget
from sentry_twilio.projects.models import Project
from tests.dashboard.conftest import WEBHOOK, Browse, said, try_fallback

DELIVERY = "/projects/web-shop/settings/delivery/"
TRIAL = f"{DELIVERY}trial/"
NO_FALLBACK = "if no text gets through, nobody is told"
CHOICES = {
    "useful_minutes": "90",
    "project_cap": "20",
    "weekly": "on",
    "emails": "oncall@example.com, boss@example.com",
    "webhook": WEBHOOK,
}


def test_it_stores_what_was_chosen_and_records_it(project: Project, browser: Browse) -> None:
    browser("admin").post(DELIVERY, CHOICES)
    page = said(browser("admin").get(DELIVERY))
    assert policy.of(project) == policy.Policy(
        useful_seconds=5400,
        project_cap=20,
        weekly=True,
        emails=("oncall@example.com", "boss@example.com"),
        webhook=WEBHOOK,
    )
    assert 'value="90"' in page
    assert "The next sign of life" in page
    entries = project.audit_entries.values_list("action", flat=True)
    assert "Changed the delivery settings" in entries


def test_it_shows_each_mistake_beside_its_field_and_stores_nothing(
    project: Project, browser: Browse
) -> None:
    wrong = {"useful_minutes": "0", "project_cap": "x", "emails": "nobody", "webhook": "ftp://a"}
    response = browser("admin").post(DELIVERY, wrong)
    assert response.context["form"].errors.keys() == wrong.keys()
    assert "nobody is not a valid e-mail address." in said(response)
    assert not policy.of(project).has_fallback


def test_it_never_shows_the_webhook_again(project: Project, browser: Browse) -> None:
    admin = browser("admin")
    pages = [
        admin.post(DELIVERY, CHOICES, follow=True),
        admin.get(DELIVERY),
        admin.post(DELIVERY, {**CHOICES, "webhook": f"{WEBHOOK}2", "emails": "nobody"}),
        admin.post(TRIAL, follow=True),
        admin.get("/projects/web-shop/settings/log/"),
    ]
    for page in pages:
        assert "s3cr3t" not in said(page)
    assert "stored; leave empty to keep it" in said(pages[1])


@pytest.mark.parametrize(("removed", "kept"), [({}, WEBHOOK), ({"webhook_remove": "on"}, "")])
def test_it_keeps_the_webhook_until_it_is_removed(
    removed: dict[str, str], kept: str, project: Project, browser: Browse
) -> None:
    browser("admin").post(DELIVERY, CHOICES)
    browser("admin").post(DELIVERY, {**CHOICES, "webhook": "", **removed})
    assert policy.of(project).webhook == kept


def test_it_warns_while_there_is_no_fallback(project: Project, browser: Browse) -> None:
    page = said(browser("admin").get(DELIVERY))
    assert NO_FALLBACK in page
    assert TRIAL not in page
    browser("admin").post(DELIVERY, CHOICES)
    page = said(browser("admin").get(DELIVERY))
    assert NO_FALLBACK not in page
    assert f'action="{TRIAL}"' in page


def test_it_takes_back_a_choice_whose_field_is_emptied(project: Project, browser: Browse) -> None:
    browser("admin").post(DELIVERY, CHOICES)
    browser("admin").post(DELIVERY, {"emails": "", "webhook_remove": "on"})
    assert policy.of(project) == policy.Policy.read({})


@pytest.mark.parametrize(("has_server", "said_so"), [(True, False), (False, True)])
def test_it_says_where_no_mail_server_is_set(
    has_server: bool, said_so: bool, project: Project, browser: Browse, settings: Any
) -> None:
    settings.HAS_MAIL_SERVER = has_server
    assert ("cannot send e-mail yet" in said(browser("admin").get(DELIVERY))) is said_so


def test_it_shows_the_limits_of_the_host(project: Project, browser: Browse, settings: Any) -> None:
    settings.ACCOUNT_SEGMENTS_A_DAY = 0
    page = said(browser("admin").get(DELIVERY))
    assert "1 a minute, 5 in 15 minutes, 11 an hour" in page
    assert "RECIPIENT_CAPS" in page
    assert "no limit" in page


@pytest.mark.parametrize(
    "change",
    [
        {"emails": "oncall@example.com"},
        {"emails": "oncall@example.com, boss@example.com, third@example.com"},
        {"webhook": f"{WEBHOOK}2"},
        {"webhook": "", "webhook_remove": "on"},
    ],
)
def test_another_fallback_is_tried_out_as_it_is_saved(
    change: dict[str, str], project: Project, browser: Browse
) -> None:
    admin = browser("admin")
    response = admin.post(DELIVERY, CHOICES, follow=True)
    first = FallbackMessage.objects.get()
    assert response.redirect_chain == [(f"{TRIAL}{first.pk}/", 302)]
    admin.post(DELIVERY, {**CHOICES, "webhook": "", "useful_minutes": "30"})
    assert FallbackMessage.objects.get() == first  # the fallback is the same
    admin.post(DELIVERY, {**CHOICES, **change})
    assert FallbackMessage.objects.count() == 2


def test_a_fallback_that_is_taken_away_is_not_tried_out(project: Project, browser: Browse) -> None:
    admin = browser("admin")
    admin.post(DELIVERY, CHOICES)
    response = admin.post(DELIVERY, {"emails": "", "webhook_remove": "on"}, follow=True)
    assert response.redirect_chain == [(DELIVERY, 302)]
    assert FallbackMessage.objects.count() == 1


def test_what_is_saved_beyond_the_trials_of_an_hour_is_saved_and_says_so(
    project: Project, browser: Browse, settings: Any, clock: SimpleNamespace
) -> None:
    settings.TEST_MESSAGES_PER_HOUR = 1
    browser("admin").post(DELIVERY, CHOICES)
    response = browser("admin").post(
        DELIVERY, {**CHOICES, "emails": "third@example.com"}, follow=True
    )
    assert policy.of(project).emails == ("third@example.com",)
    page = said(response)
    assert "The fallback was not tried: the limit is 1 an hour" in page
    assert "The fallback was changed since then." in page


def test_it_says_when_the_fallback_was_tried_last_and_how_it_went(
    project: Project, browser: Browse
) -> None:
    policy.save(project, {"emails": "oncall@example.com,boss@example.com"})
    assert "Never tried" in said(browser("admin").get(DELIVERY))
    trial = fallback.try_out(project)
    assert trial is not None
    assert "2 on the way" in said(browser("admin").get(DELIVERY))
    trial.targets.filter(address="oncall@example.com").update(state="sent")
    trial.targets.filter(address="boss@example.com").update(state="failed")
    page = said(browser("admin").get(DELIVERY))
    assert "1 sent" in page
    assert "1 not reached" in page
    assert f"{TRIAL}{trial.pk}/" in page
    assert "Never tried" not in page
    assert "changed since" not in page


def test_a_trial_goes_to_what_is_saved(project: Project, browser: Browse) -> None:
    policy.save(project, {"emails": "oncall@example.com,boss@example.com", "webhook": WEBHOOK})
    response = browser("admin").post(TRIAL, {"emails": "else@example.com"}, follow=True)
    trial = FallbackMessage.objects.get()
    assert response.redirect_chain == [(f"{TRIAL}{trial.pk}/", 302)]
    page = said(response)
    for part in ("oncall@example.com", "boss@example.com", "Webhook", "This is a trial"):
        assert part in page or part in trial.subject
    assert "else@example.com" not in page
    assert project.audit_entries.first().action == "Tried the fallback out"


def test_no_trial_is_made_without_a_fallback(project: Project, browser: Browse) -> None:
    response = browser("admin").post(TRIAL, follow=True)
    assert "no fallback is saved yet" in said(response)
    assert not FallbackMessage.objects.exists()


def test_only_so_many_trials_an_hour_are_made(
    project: Project, browser: Browse, settings: Any, clock: SimpleNamespace
) -> None:
    settings.TEST_MESSAGES_PER_HOUR = 1
    policy.save(project, {"emails": "oncall@example.com"})
    for _ in range(2):
        response = browser("admin").post(TRIAL, follow=True)
    assert "the limit is 1 an hour" in said(response)
    assert FallbackMessage.objects.count() == 1
    clock.now += 3600
    browser("admin").post(TRIAL)
    assert FallbackMessage.objects.count() == 2


def test_a_trial_is_followed_until_all_of_it_is_over(project: Project, browser: Browse) -> None:
    path = f"{TRIAL}{try_fallback(project).pk}/"
    waiting = said(browser("admin").get(f"{path}?part"))
    assert f'data-poll="{path}?part"' in waiting
    assert "<html" not in waiting
    FallbackTarget.objects.filter(channel="email").update(state="sent")
    assert "data-poll" in said(browser("admin").get(f"{path}?part"))
    FallbackTarget.objects.filter(channel="webhook").update(
        state="failed", reason="The webhook answered with HTTP 500."
    )
    over = said(browser("admin").get(f"{path}?part"))
    assert "data-poll" not in over
    assert "The webhook answered with HTTP 500." in over


def test_only_trials_have_such_a_page(project: Project, browser: Browse) -> None:
    message = try_fallback(project)
    FallbackMessage.objects.update(kind=FallbackMessage.Kind.NOTICE)
    assert browser("admin").get(f"{TRIAL}{message.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("email", "webhook", "works", "fails"),
    [
        ("sent", "sent", True, ""),
        ("sent", "failed", True, "does not work for everybody: check the address"),
        ("failed", "failed", False, "This fallback does not work: check the address"),
    ],
)
def test_a_trial_that_failed_never_claims_that_the_fallback_works(
    email: str, webhook: str, works: bool, fails: str, project: Project, browser: Browse
) -> None:
    trial = try_fallback(project)
    trial.targets.filter(channel="email").update(state=email)
    trial.targets.filter(channel="webhook").update(state=webhook)
    page = said(browser("admin").get(f"{TRIAL}{trial.pk}/"))
    assert ("Sent means" in page) is works
    assert ("does not work" in page) is bool(fails)
    assert fails in page
    assert page.index("Webhook") < page.index("The message that is sent") < page.index("It arrived")
    settings = said(browser("admin").get(DELIVERY))
    assert ("The last trial of the fallback</a> failed" in settings) is bool(fails)
