"""What a project decides about its delivery, and what a person may enter."""

from __future__ import annotations

from typing import Any

import pytest

from sentry_twilio.delivery import policy, policy_reading
from sentry_twilio.projects.models import PluginOption, Project

ENTERED: dict[str, Any] = {
    "useful_minutes": " 90 ",
    "project_cap": "0",
    "weekly": True,
    "emails": "ann@example.com, Bob@example.com\nANN@example.com;",
    "webhook": "https://chat.example.com/hooks/sesame?x=1",
}


def test_what_was_entered_is_what_holds(project: Project) -> None:
    values, errors = policy_reading.clean(ENTERED)
    assert not errors
    policy.save(project, values)
    found = policy.of(project)
    assert (found.useful_seconds, found.project_cap, found.weekly) == (5400, 0, True)
    assert found.emails == ("ann@example.com", "Bob@example.com")
    assert found.webhook == ENTERED["webhook"]
    assert found.has_fallback


def test_nothing_entered_means_the_host_s_settings(project: Project, settings: Any) -> None:
    settings.USEFUL_SECONDS, settings.PROJECT_CAP_HOUR = 1234, 7
    policy.save(project, policy_reading.clean(ENTERED)[0])
    values, errors = policy_reading.clean({"webhook_remove": "on"})
    assert not errors
    policy.save(project, values)
    assert policy.of(project) == policy.Policy(useful_seconds=1234, project_cap=7)
    assert not PluginOption.objects.filter(conf_key=policy.CONF_KEY).exists()


def test_a_stored_webhook_stays_where_none_is_entered(project: Project) -> None:
    policy.save(project, policy_reading.clean(ENTERED)[0])
    policy.save(project, policy_reading.clean({**ENTERED, "webhook": ""})[0])
    assert policy.of(project).webhook == ENTERED["webhook"]


def test_the_webhook_is_stored_so_that_the_database_alone_does_not_tell(project: Project) -> None:
    policy.save(project, policy_reading.clean(ENTERED)[0])
    assert not PluginOption.objects.filter(ciphertext__contains="sesame").exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("useful_minutes", "0"),
        ("useful_minutes", "1441"),
        ("useful_minutes", "-5"),
        ("useful_minutes", "an hour"),
        ("useful_minutes", "1.5"),
        ("project_cap", "-1"),
        ("project_cap", "many"),
        ("project_cap", "9" * 5000),
        ("emails", "ann@"),
        ("emails", "ann@example.com, +14155550100"),
        ("emails", ",".join(f"a{n}@example.com" for n in range(11))),
        ("emails", f"{'a' * 60}@{'.'.join(['b' * 50] * 5)}.com"),
        ("webhook", "ftp://example.com/sesame"),
        ("webhook", "example.com/sesame"),
        ("webhook", "https:///sesame"),
        ("webhook", "https://[sesame"),
        ("webhook", "https://example.com:0/sesame"),
        ("webhook", "https://example.com:sesame/"),
        ("webhook", "https://example.com/se same"),
        ("webhook", "https://example.com/sesame\u202e"),
        ("webhook", "https://example.com/sesame" + "x" * 2000),
    ],
)
def test_what_cannot_hold_is_refused_with_a_sentence(name: str, text: str) -> None:
    _, errors = policy_reading.clean({**ENTERED, name: text})
    assert list(errors) == [name]
    assert errors[name].endswith(".")
    assert "sesame" not in errors[name]


def test_ten_addresses_are_enough_however_often_each_is_written() -> None:
    text = ",".join(f"a{n % 10}@example.com" for n in range(40))
    values, errors = policy_reading.clean({"emails": text})
    assert not errors
    assert str(values["emails"]).count("@") == 10
