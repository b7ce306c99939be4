from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from sentry_twilio.projects.models import Project
from sentry_twilio.tracker.models import Rule
from tests.dashboard.conftest import Browse, said

RULES = "/projects/web-shop/settings/rules/"
ENTERED = {
    "name": "Storm",
    "trigger": "frequent",
    "threshold": "50",
    "window": "300",
    "level": "warning",
    "environment": "production",
    "tag": "",
    "interval": "60",
    "is_active": "on",
}


def test_it_shows_each_rule_as_a_sentence(project: Project, browser: Browse) -> None:
    assert (
        "When an issue is new or comes back, of level error or worse, at most every 30 minutes "
        "per issue."
    ) in said(browser("admin").get(RULES))


def test_it_makes_a_rule(project: Project, browser: Browse) -> None:
    browser("admin").post(f"{RULES}new/", ENTERED)
    rule = project.rules.get(name="Storm")
    assert (rule.trigger, rule.threshold, rule.window) == ("frequent", 50, 300)
    assert (rule.level, rule.environment, rule.interval) == ("warning", "production", 60)
    assert project.audit_entries.first().action.startswith("Made the rule Storm: When an issue")


def test_it_changes_a_rule_and_switches_it_off(project: Project, browser: Browse) -> None:
    rule = project.rules.get()
    changed = ENTERED | {"trigger": "new", "threshold": "", "tag": " server = web-1 "}
    del changed["is_active"]
    browser("admin").post(f"{RULES}{rule.pk}/", changed)
    rule.refresh_from_db()
    assert (rule.name, rule.is_active, rule.tag) == ("Storm", False, "server=web-1")
    assert rule.threshold == 100


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"trigger": "never"}, "trigger"),
        ({"threshold": "0"}, "threshold"),
        ({"threshold": ""}, "threshold"),
        ({"window": "301"}, "window"),
        ({"window": ""}, "window"),
        ({"level": "catastrophe"}, "level"),
        ({"interval": "-1"}, "interval"),
        ({"interval": "10081"}, "interval"),
        ({"interval": ""}, "interval"),
        ({"tag": "server"}, "tag"),
        ({"tag": "=web-1"}, "tag"),
        ({"tag": "server="}, "tag"),
        ({"environment": "x" * 65}, "environment"),
    ],
)
def test_it_refuses_what_makes_no_sense(
    changes: dict[str, str], field: str, project: Project, browser: Browse
) -> None:
    response = browser("admin").post(f"{RULES}new/", ENTERED | changes)
    assert set(response.context["form"].errors) == {field}
    assert project.rules.count() == 1


@pytest.mark.parametrize(
    ("span", "expected"),
    [("hour", timedelta(hours=1)), ("day", timedelta(days=1)), ("week", timedelta(weeks=1))],
)
def test_it_snoozes_a_rule(
    span: str, expected: timedelta, project: Project, browser: Browse
) -> None:
    rule = project.rules.get()
    response = browser("admin").post(f"{RULES}{rule.pk}/snooze/", {"for": span}, follow=True)
    rule.refresh_from_db()
    assert abs(rule.snoozed_until - timezone.now() - expected) < timedelta(minutes=1)
    assert "Snoozed until" in said(response)
    assert "Wake" in said(response)


def test_it_wakes_a_rule(project: Project, browser: Browse) -> None:
    rule = project.rules.get()
    Rule.objects.update(snoozed_until=timezone.now() + timedelta(days=1))
    browser("admin").post(f"{RULES}{rule.pk}/snooze/", {"for": "end"})
    rule.refresh_from_db()
    assert rule.snoozed_until is None


def test_it_deletes_a_rule_and_says_what_that_means(project: Project, browser: Browse) -> None:
    rule = project.rules.get()
    response = browser("admin").post(f"{RULES}{rule.pk}/delete/", follow=True)
    assert not project.rules.exists()
    assert "nobody is told about them" in said(response)
    assert project.audit_entries.first().action == "Deleted the rule New or regressed issues"
