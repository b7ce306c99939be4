"""The two endpoints, as an SDK or a browser meets them."""

from __future__ import annotations

import gzip
import json
import uuid
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sentry_twilio.projects.models import Project, ProjectKey
from sentry_twilio.tracker.models import Event, Issue
from tests.tracker.captures import KEY, envelope, error, send

OTHER_KEY = "f" * 32


def stored() -> int:
    return Event.objects.count() + Issue.objects.count()


def assert_rejected(response: Any, status: int) -> None:
    assert response.status_code == status, response.content
    detail = response.json()["detail"]
    assert detail
    assert response.headers["X-Sentry-Error"] == detail
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert stored() == 0


AUTHS = {
    "header": {"headers": {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={KEY}"}},
    "quoted": {"headers": {"X-Sentry-Auth": f'sentry sentry_key="{KEY}",sentry_secret=x'}},
    "authorization": {"headers": {"Authorization": f"Sentry sentry_key={KEY}"}},
    "query": {"query": f"?sentry_version=7&sentry_key={KEY}"},
    "upper case": {"query": f"?sentry_key={KEY.upper()}"},
    "envelope": {"header": {"dsn": f"https://{KEY}@alerts.example.com/1"}},
}


@pytest.mark.parametrize("how", AUTHS)
def test_it_finds_the_key(how: str, client: Client, project: Project) -> None:
    given = AUTHS[how]
    response = client.generic(
        "POST",
        f"/api/{project.pk}/envelope/{given.get('query', '')}",
        envelope(error(), given.get("header")),
        headers=given.get("headers"),
    )
    assert response.status_code == 200
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    "auth",
    [
        {},
        {"X-Sentry-Auth": "Sentry sentry_version=7"},
        {"X-Sentry-Auth": f"Sentry sentry_key={OTHER_KEY}"},
        {"X-Sentry-Auth": "Sentry sentry_key=\x00\ud800"},
        {"X-Sentry-Auth": f"Basic sentry_key={KEY}"},
        {"Authorization": f"Bearer {KEY}"},
    ],
)
def test_it_rejects_a_wrong_key(auth: dict[str, str], client: Client, project: Project) -> None:
    response = client.generic(
        "POST", f"/api/{project.pk}/envelope/", envelope(error()), headers=auth
    )
    assert_rejected(response, 403)


@pytest.mark.parametrize("dsn", ["https://nobody@x/1", "https://[", 7, None])
def test_it_rejects_a_wrong_dsn_in_the_envelope(dsn: Any, client: Client, project: Project) -> None:
    body = envelope(error(), {"dsn": dsn})
    assert_rejected(client.generic("POST", f"/api/{project.pk}/envelope/", body), 403)


def test_it_rejects_the_key_of_another_project(client: Client, project: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    assert_rejected(send(client, other.pk, error()), 403)


def test_it_rejects_a_key_that_was_switched_off(client: Client, project: Project) -> None:
    send(client, project.pk, b"{}")
    key = ProjectKey.objects.get()
    key.is_active = False
    key.save()
    assert_rejected(send(client, project.pk, error()), 403)


@pytest.mark.parametrize("number", ["4711", "0", "x", "-1", "9" * 30, "9223372036854775808", "²"])
def test_it_knows_no_such_project(number: str, client: Client, project: Project) -> None:
    url = f"/api/{number}/envelope/?sentry_key={KEY}"
    assert_rejected(client.generic("POST", url, envelope(error())), 404)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no envelope",
        b'{}\n{"type":"event"}\nno json',
        b'{}\n{"type":"event"}\n[]',
        b'{}\n{"type":"event"}\n',
        b'{}\n{"type":"event","length":500}\n{}',
        b'{}\n{"type":"event"}\n{}\n{"type":"event"}\n{}',
    ],
)
def test_it_rejects_a_broken_envelope(body: bytes, client: Client, project: Project) -> None:
    assert_rejected(send(client, project.pk, body), 400)


def test_one_broken_item_spoils_the_rest(client: Client, project: Project) -> None:
    body = envelope(error()) + b'{"type":"attachment","length":9}\nshort'
    assert_rejected(send(client, project.pk, body), 400)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"a":' + b"[" * 5000])
def test_it_rejects_a_broken_event(body: bytes, client: Client, project: Project) -> None:
    url = f"/api/{project.pk}/store/?sentry_key={KEY}"
    assert_rejected(client.generic("POST", url, body), 400)


def test_it_rejects_what_is_too_large(client: Client, project: Project, settings: Any) -> None:
    settings.ENVELOPE_MAX_BYTES = 3000
    settings.EVENT_MAX_BYTES = 1000
    assert_rejected(send(client, project.pk, envelope(error("x" * 3000))), 413)
    assert_rejected(send(client, project.pk, envelope(error("x" * 1000))), 413)
    packed = gzip.compress(envelope(error("x" * 3000)))
    assert_rejected(send(client, project.pk, packed, **{"Content-Encoding": "gzip"}), 413)


def test_it_takes_more_than_django_would(client: Client, project: Project) -> None:
    body = envelope(error()) + b'{"type":"attachment"}\n' + b"x" * 4_000_000
    assert send(client, project.pk, body).status_code == 200


def test_it_rejects_other_encodings(client: Client, project: Project) -> None:
    assert_rejected(send(client, project.pk, error(), **{"Content-Encoding": "zstd"}), 415)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_it_allows_only_posts(method: str, client: Client, project: Project) -> None:
    response = client.generic(method, f"/api/{project.pk}/store/")
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST, OPTIONS"


@pytest.mark.parametrize("endpoint", ["envelope", "store"])
def test_it_answers_a_preflight(endpoint: str, client: Client, db: None) -> None:
    response = client.options(
        f"/api/1/{endpoint}/",
        headers={"Origin": "https://shop.example.com", "Access-Control-Request-Method": "POST"},
    )
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    assert "x-sentry-auth" in response.headers["Access-Control-Allow-Headers"].lower()


def test_a_page_may_read_the_answer(client: Client, project: Project) -> None:
    response = send(client, project.pk, error(), Origin="https://shop.example.com")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    for name in ("X-Sentry-Error", "X-Sentry-Rate-Limits", "Retry-After"):
        assert name in response.headers["Access-Control-Expose-Headers"]


def test_the_id_of_the_envelope_makes_no_event(client: Client, project: Project) -> None:
    body = json.dumps({"event_id": uuid.uuid4().hex}).encode() + b'\n{"type":"check_in"}\n{}'
    response = send(client, project.pk, body)
    assert (response.status_code, response.json()) == (200, {})
    assert stored() == 0


def test_the_event_takes_the_id_of_the_envelope(client: Client, project: Project) -> None:
    response = send(client, project.pk, envelope({"message": "x"}, {"event_id": "a" * 32}))
    assert response.json() == {"id": "a" * 32}
    assert Event.objects.get().event_id == "a" * 32


def test_it_survives_a_database_that_does_not_answer(
    client: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise OperationalError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr("sentry_twilio.tracker.views.ingest", locked)
        assert_rejected(send(client, project.pk, error()), 503)
    assert send(client, project.pk, error()).status_code == 200


NAMES = """
    values frames type value module function filename message formatted in_app stacktrace key
    url lineno context_line pre_context data headers exception logentry level timestamp tags
    fingerprint transaction request environment release event_id platform breadcrumbs user
    contexts logger
"""
NAME = st.sampled_from(sorted(NAMES.split()))
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAME, inner, max_size=4),
    max_leaves=8,
)
EVENT = st.dictionaries(NAME, VALUE, max_size=6)


@pytest.mark.usefixtures("alerts")
@given(event=EVENT | VALUE)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_it_takes_or_rejects_any_json(event: Any, client: Client, project: Project) -> None:
    from sentry_twilio.tracker.display import describe

    response = send(client, project.pk, envelope(event))
    assert response.status_code == (200 if isinstance(event, dict) else 400)
    if isinstance(event, dict):
        describe(Event.objects.get(event_id=response.json()["id"]).data)
