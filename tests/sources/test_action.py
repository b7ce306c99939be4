"""The alert rule action "Send SMS", as Sentry calls it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client

from sentry_twilio.delivery.models import Delivery
from sentry_twilio.projects.models import Project
from sentry_twilio.sources import action, effects, groups, routing, vault
from sentry_twilio.sources.models import Source
from sentry_twilio.tracker import lifecycle
from sentry_twilio.tracker.models import Issue
from sentry_twilio.twilio.plugin import TwilioPlugin
from tests.sources import sentry_bodies as bodies
from tests.sources.conftest import Make, Tracker, configure, sign


@pytest.fixture
def source(make: Make, project: Project) -> Source:
    groups.store(project, "recipients", "Nights", "+14155550124, (415) 555-0125")
    groups.store(project, "sender", "Second number", "+15005550001")
    return make("sentry")


def settings_of(schema: dict[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = schema["elements"][0]["settings"]
    return settings


def save(client: Client, source: Source, **fields: str) -> HttpResponse:
    uri = settings_of(action.schema(source, vault.read(source)["key"]))["uri"]
    given = [{"name": name, "value": value} for name, value in fields.items()]
    raw = json.dumps({"fields": given, "installationId": "a8e5"}).encode()
    headers = {"Sentry-App-Signature": sign(raw)}
    return client.post(uri, raw, content_type="application/json", headers=headers)


def choose(client: Client, source: Source, name: str, **query: str) -> HttpResponse:
    settings = settings_of(action.schema(source, vault.read(source)["key"]))
    fields = [*settings["required_fields"], *settings["optional_fields"]]
    uri = next(field["uri"] for field in fields if field["name"] == name)
    query = {"installationId": "a8e5", "projectSlug": "front-end", **query}
    return client.get(f"{uri}?{urlencode(query)}", headers={"Sentry-App-Signature": sign(b"")})


def test_the_schema_is_what_sentry_takes(source: Source) -> None:
    settings = settings_of(action.schema(source, "KEY"))
    assert settings["uri"] == "/hooks/sentry/KEY/action/"
    assert 0 < len(settings["description"]) <= 140
    # Sentry's validator refuses an empty list.
    assert settings["required_fields"]
    types = {field["type"] for field in settings["required_fields"] + settings["optional_fields"]}
    assert types <= {"text", "textarea", "select"}


def test_a_select_offers_names_and_no_numbers(source: Source, client: Client) -> None:
    response = choose(client, source, "recipients")
    assert response.json() == [
        {"label": "The project's usual recipients", "value": "usual", "default": True},
        {"label": "Nights", "value": "group:Nights", "default": False},
    ]
    assert "555" not in response.content.decode()
    labels = [one["label"] for one in choose(client, source, "sender").json()]
    assert labels == ["The usual sender", "Second number"]
    assert len(choose(client, source, "recipients", query="night").json()) == 1


def test_a_select_offers_those_of_the_mapped_project(source: Source, client: Client) -> None:
    other = Project.objects.create(name="Back", slug="back")
    groups.store(other, "recipients", "Others", "+14155550126")
    source.foreign_projects.create(slug="front-end", project=other)
    labels = [one["label"] for one in choose(client, source, "recipients").json()]
    assert labels == ["The project's usual recipients", "Others"]


@pytest.mark.parametrize(
    "fields",
    [
        {"recipients": "usual"},
        {"recipients": "group:Nights", "sender": "group:Second number"},
        {"recipients": "usual", "sender": "usual", "numbers": "(415) 555-0127"},
    ],
)
def test_good_settings_are_saved(fields: dict[str, str], source: Source, client: Client) -> None:
    assert save(client, source, **fields).status_code == 200


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"numbers": "911"}, "911 is not a valid phone number."),
        ({"recipients": "group:Days"}, "There is no recipient group named “Days” any more."),
        ({"sender": "group:Third"}, "There is no sender named “Third” any more."),
        (
            {"numbers": ",".join(f"+141555501{n:02}" for n in range(11))},
            "Max of 10 phone numbers, 11 were given.",
        ),
    ],
)
def test_bad_settings_are_refused_in_the_plugins_words(
    fields: dict[str, str], sentence: str, source: Source, client: Client
) -> None:
    response = save(client, source, **fields)
    assert response.status_code == 400
    assert response.json()["message"] == sentence
    source.refresh_from_db()
    assert source.bad_calls == 0


def test_settings_become_options_of_one_alert(source: Source, project: Project) -> None:
    found = routing.resolve(
        project, {"recipients": "group:Nights", "sender": "group:Second number"}
    )
    assert found.overrides == {
        "twilio": {
            "sms_to": "+14155550124,+14155550125",
            "sms_from": "+15005550001",
            "messaging_service_sid": "",
        }
    }


def test_a_sender_replaces_a_messaging_service(source: Source, project: Project) -> None:
    configure(project, sms_from="", messaging_service_sid="MG" + "a" * 32)
    assert routing.resolve(project, {"sender": "group:Second number"}).problem == ""


def test_a_plugin_that_cannot_take_them_for_one_alert_is_left_out(
    source: Source, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TwilioPlugin, "recipients_option", "")
    monkeypatch.setattr(TwilioPlugin, "sender_options", ())
    nights = {"recipients": "group:Nights", "sender": "group:Second number"}
    assert routing.resolve(project, nights) == routing.Routing()


def test_a_rule_of_its_own_recipients_and_sender_is_honoured(
    source: Source, tracker: Tracker
) -> None:
    chosen = [
        {"name": "recipients", "value": "group:Nights"},
        {"name": "sender", "value": "group:Second number"},
    ]
    tracker.tell(source, bodies.event_alert(settings=chosen), "event_alert")
    sender = {"sms_from": "+15005550001", "messaging_service_sid": ""}
    assert [
        (row.recipient, row.sender_key.rpartition(":")[2], row.overrides)
        for row in Delivery.objects.order_by("recipient")
    ] == [("+14155550124", "+15005550001", sender), ("+14155550125", "+15005550001", sender)]


def test_what_a_rule_did_not_send_names_those_it_would_have_told(
    source: Source, tracker: Tracker
) -> None:
    tracker.tell(source, bodies.event_alert("a" * 32), "event_alert")
    lifecycle.mute(Issue.objects.get(), None)
    nights = [{"name": "recipients", "value": "group:Nights"}]
    tracker.tell(source, bodies.event_alert("b" * 32, settings=nights), "event_alert")
    kept_back = Delivery.objects.filter(state="suppressed", reason=effects.MUTED)
    assert {row.recipient for row in kept_back} == {"+14155550124", "+14155550125"}


def test_a_group_that_is_gone_still_tells_the_usual_recipients(
    source: Source, tracker: Tracker
) -> None:
    gone = [{"name": "recipients", "value": "group:Gone"}]
    assert len(tracker.tell(source, bodies.event_alert(settings=gone), "event_alert")) == 1
    assert "The usual recipients were told." in source.inbox.get().result


def test_a_sender_that_is_gone_costs_no_recipient(source: Source, tracker: Tracker) -> None:
    chosen = [
        {"name": "recipients", "value": "group:Nights"},
        {"name": "sender", "value": "group:Gone"},
    ]
    tracker.tell(source, bodies.event_alert(settings=chosen), "event_alert")
    told = {row.recipient: row.sender_key.rpartition(":")[2] for row in Delivery.objects.all()}
    assert told == {"+14155550124": "+15005550006", "+14155550125": "+15005550006"}
    assert source.inbox.get().result == (
        "Told. There is no sender named “Gone” any more. The usual sender was used."
    )


def test_recipients_that_are_gone_cost_no_sender(source: Source, tracker: Tracker) -> None:
    chosen = [
        {"name": "numbers", "value": "911"},
        {"name": "sender", "value": "group:Second number"},
    ]
    tracker.tell(source, bodies.event_alert(settings=chosen), "event_alert")
    told = {row.recipient: row.sender_key.rpartition(":")[2] for row in Delivery.objects.all()}
    assert told == {"+14155550123": "+15005550001"}
    assert "911 is not a valid phone number. The usual recipients" in source.inbox.get().result


def test_the_questions_have_to_be_signed(source: Source, client: Client) -> None:
    key = vault.read(source)["key"]
    base = f"/hooks/sentry/{key}/action/"
    assert client.post(base, b"{}", content_type="application/json").status_code == 403
    assert client.get(f"{base}recipients/").status_code == 403
    assert client.get(f"{base}numbers/").status_code == 404
    assert client.get("/hooks/sentry/nonsense/action/sender/").status_code == 404


def test_a_question_while_the_database_is_away_is_a_503(
    source: Source, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("sentry_twilio.sources.doors.find", gone)
    for response in (choose(client, source, "sender"), save(client, source, recipients="usual")):
        assert response.status_code == 503
        assert response.json()["message"] == "The database did not answer. Try again later."


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"fields": 1}'])
def test_a_question_that_is_not_understood_is_a_400(
    raw: bytes, source: Source, client: Client
) -> None:
    path = f"/hooks/sentry/{vault.read(source)['key']}/action/"
    headers = {"Sentry-App-Signature": sign(raw)}
    response = client.post(path, raw, content_type="application/json", headers=headers)
    assert response.status_code == 400
    assert response.json()["message"]
