"""What a call is answered, and that a bad one sends nothing and is shown."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import time
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import OperationalError
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from sentry_twilio.delivery.models import Delivery
from sentry_twilio.server.logs import TextFormatter
from sentry_twilio.sources import doors, vault
from sentry_twilio.sources.kinds import KINDS
from sentry_twilio.sources.models import Call, Source
from tests.sources import sentry_bodies as bodies
from tests.sources.conftest import Make, Tracker, captured, sign


@pytest.fixture
def source(make: Make) -> Source:
    return make("bugsink")


def bad(source: Source) -> tuple[int, str]:
    source.refresh_from_db()
    return source.bad_calls, source.last_bad


@pytest.mark.parametrize("path", ["/hooks/bugsink/nonsense/", "/hooks/nonsense/nonsense/"])
def test_an_unknown_key_is_a_404(path: str, client: Client, db: None) -> None:
    response = client.post(path, b"{}", content_type="application/json")
    assert response.status_code == 404
    assert "Copy the URL" in response.json()["detail"]


def test_the_key_of_another_kind_is_a_404(source: Source, client: Client) -> None:
    key = vault.read(source)["key"]
    assert client.post(f"/hooks/foxray/{key}/", b"{}", "application/json").status_code == 404


def test_a_url_that_was_copied_without_its_end_works(source: Source, client: Client) -> None:
    path = f"/hooks/bugsink/{vault.read(source)['key']}"
    body = json.dumps(captured("bugsink_2.6.2_new"))
    assert client.post(path, body, content_type="application/json").status_code == 202


def test_only_post_is_taken(source: Source, client: Client) -> None:
    response = client.get(f"/hooks/bugsink/{vault.read(source)['key']}/")
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"[]", "not a JSON object"),
        (b"\xff", "not valid JSON"),
        (b'{"alert_reason": "NEW", "id": "1"}', "`title` is missing"),
        (b'{"alert_reason": "NEW", "title": "It broke"}', "`id` is missing"),
        (b'{"id": "1", "title": "It broke"}', "`alert_reason` is missing"),
        (b'{"alert_reason": "SAD", "id": "1", "title": "It broke"}', "`alert_reason` is none of"),
    ],
)
def test_what_is_not_understood_is_a_400_that_says_why(
    body: bytes, missing: str, source: Source, tracker: Tracker
) -> None:
    response = tracker.post(source, body)
    assert response.status_code == 400
    assert missing in response.json()["detail"]
    assert bad(source) == (1, response.json()["detail"])
    assert not Call.objects.exists()


def test_a_wrong_signature_is_a_403(make: Make, tracker: Tracker) -> None:
    source = make("sentry")
    raw = json.dumps(bodies.event_alert()).encode()
    for headers in (
        {"Sentry-Hook-Signature": sign(raw, "another secret")},
        {"Sentry-Hook-Signature": "ünïcode"},
        {"Sentry-Hook-Signature": ""},
        {"Sentry-Hook-Signature": sign(raw + b" ")},
    ):
        response = tracker.post(source, raw, "event_alert", **headers)
        assert response.status_code == 403
    assert bad(source)[0] == 4
    assert not Call.objects.exists()


def test_without_a_stored_secret_nothing_is_taken(make: Make, tracker: Tracker) -> None:
    source = make("sentry")
    vault.store(source, secret=None)
    raw = b"{}"
    response = tracker.post(source, raw, **{"Sentry-Hook-Signature": sign(raw, "")})
    assert response.status_code == 403
    assert "Enter it first" in response.json()["detail"]


def test_a_signature_that_cannot_be_checked_is_a_503(
    make: Make, client: Client, settings: Any
) -> None:
    source, raw = make("sentry"), b"{}"
    url, key = f"/hooks/sentry/{vault.read(source)['key']}/", settings.ENCRYPTION_KEYS
    headers = {"Sentry-Hook-Signature": sign(raw), "Sentry-Hook-Resource": "installation"}
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    response = client.post(url, raw, "application/json", headers=headers)
    assert (response.status_code, response.json()["detail"]) == (503, doors.CANNOT_TELL)
    assert bad(source) == (1, doors.CANNOT_TELL)
    assert not Call.objects.exists()
    settings.ENCRYPTION_KEYS = key
    doors.forget()  # or wait until it is looked up anew
    assert client.post(url, raw, "application/json", headers=headers).status_code == 202


def test_a_call_that_need_not_be_signed_is_taken_without_a_key_for_the_secrets(
    source: Source, client: Client, settings: Any
) -> None:
    url = f"/hooks/bugsink/{vault.read(source)['key']}/"
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    body = json.dumps(captured("bugsink_2.6.2_new"))
    assert client.post(url, body, "application/json").status_code == 202


def test_a_call_that_the_database_does_not_take_is_a_503(
    source: Source, tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sentry_twilio.sources.inbox.write", gone)
    response = tracker.post(source, captured("bugsink_2.6.2_new"))
    assert response.status_code == 503
    assert response.json()["detail"] == "The call could not be stored. Try again later."


def gone(*_: object) -> None:
    raise OperationalError("gone")


def test_more_than_a_mebibyte_is_a_413(source: Source, tracker: Tracker) -> None:
    body = json.dumps({**captured("bugsink_2.6.2_new"), "more": "x" * 1024 * 1024}).encode()
    assert tracker.post(source, body).status_code == 413
    assert "larger than" in bad(source)[1]


def test_too_many_are_a_429(
    source: Source, tracker: Tracker, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HOOKS_PER_MINUTE = 2
    monkeypatch.setattr("sentry_twilio.projects.quota.time.time", lambda: 1_800_000_000.0)
    answers = [tracker.post(source, captured("bugsink_2.6.2_test")) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 61
    assert bad(source)[0] == 1
    assert source.inbox.count() == 2


def test_a_flood_of_bad_calls_is_not_written_down_without_end(
    source: Source, tracker: Tracker, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HOOKS_PER_MINUTE = 2
    monkeypatch.setattr("sentry_twilio.projects.quota.time.time", lambda: 1_800_000_000.0)
    for _ in range(5):
        assert tracker.post(source, b"nonsense").status_code == 400
    assert bad(source)[0] == 2


def test_nothing_that_is_turned_away_sends_a_text(source: Source, tracker: Tracker) -> None:
    for body in (b"", b"{}", b"[1]"):
        tracker.post(source, body)
    assert not Delivery.objects.exists()


def test_no_log_names_the_key_or_what_was_sent(
    source: Source, tracker: Tracker, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key = vault.read(source)["key"]
    tracker.post(source, b'{"alert_reason": "very private"}')
    client.get(f"/hooks/bugsink/{key}/")
    client.post(f"/hooks/foxray/{key}/", b"{}", "application/json")
    assert "turned away" in caplog.text
    for record in caplog.records:
        line = TextFormatter().format(record)
        assert key not in line
        assert "very private" not in line


# Signed by a script --------------------------------------------------------------------------


def signed(source: Source, raw: bytes, at: float | None = None) -> dict[str, str]:
    stamp = str(int(time.time() if at is None else at))
    secret = vault.read(source)["secret"].encode()
    digest = hmac.new(secret, stamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
    return {"X-Hook-Timestamp": stamp, "X-Hook-Signature": f"sha256={digest}"}


def test_a_script_signs_body_and_time(make: Make, tracker: Tracker) -> None:
    source, raw = make("generic"), b'{"title": "Backup failed on db-1"}'
    texts = tracker.tell(source, raw, **signed(source, raw))
    assert texts == ["Sentry [Shop] ERROR: Backup failed on db-1"]


def test_a_scripts_call_has_to_be_signed_unless_its_owner_says_so(
    make: Make, tracker: Tracker
) -> None:
    source, raw = make("generic"), b'{"title": "Backup failed"}'
    old = signed(source, raw, time.time() - 600)
    for headers in ({}, signed(source, raw + b" "), old, {**old, "X-Hook-Timestamp": "now"}):
        assert tracker.post(source, raw, **headers).status_code == 403
    source.is_signed = False
    source.save()
    assert tracker.post(source, raw).status_code == 202


def test_it_publishes_the_schema_that_it_goes_by(client: Client) -> None:
    response = client.get("/hooks/generic/schema.json")
    assert response.headers["Content-Type"] == "application/schema+json"
    schema = response.json()
    assert schema["$defs"]["alert"]["required"] == ["title"]


# Whatever comes ------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=20,
)
STARTS = {
    "sentry": bodies.event_alert(),
    "sentry-legacy": bodies.legacy(),
    "glitchtip": captured("glitchtip_4.x_issue"),
    "bugsink": captured("bugsink_2.6.2_new"),
    "foxray": captured("foxray_0.1.2_new_issue"),
    "generic": {"title": "It broke", "level": "error", "alerts": [{"title": "It broke"}]},
}
RESOURCES = ("event_alert", "issue", "activity_alert", "metric_alert", "installation", "")
MORE = {
    "issue": bodies.issue("created"),
    "activity_alert": bodies.activity("set_resolved"),
    "metric_alert": bodies.metric("critical"),
}


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [p for k, v in value.items() for p in [(*path, k), *paths(v, (*path, k))]]
    if isinstance(value, list):
        return [p for i, v in enumerate(value) for p in [(*path, i), *paths(v, (*path, i))]]
    return []


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], new)
    return copy


@pytest.mark.parametrize("kind", KINDS)
@examples(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_body_is_an_error_of_ours(
    kind: str, data: st.DataObject, make: Make, tracker: Tracker
) -> None:
    """A real body with one value replaced by any other, or any JSON at all."""
    source = Source.objects.filter(kind=kind).first() or make(kind, is_signed=kind == "sentry")
    source.inbox.all().delete()
    resource = data.draw(st.sampled_from(RESOURCES)) if kind == "sentry" else ""
    start = MORE.get(resource, STARTS[kind])
    if data.draw(st.booleans()):
        path = data.draw(st.sampled_from(paths(start)))
        body = changed(start, path, data.draw(JSON))
    else:
        body = data.draw(JSON)
    raw = json.dumps(body).encode("utf-8", "surrogatepass")
    response = tracker.post(source, raw, resource)
    assert response.status_code in (202, 400)
    from sentry_twilio.sources.processing import process_due

    process_due()
    left = source.inbox.exclude(state="done").exclude(state="unmapped")
    assert [call.result for call in left] == []


@examples(max_examples=200, deadline=None)
@given(raw=st.binary(max_size=200), key=st.text(max_size=40))
def test_no_bytes_raise_anything_but_a_refusal(raw: bytes, key: str) -> None:
    for kind in KINDS.values():
        if kind.verify is not None:
            headers = {
                "Sentry-Hook-Signature": key,
                "X-Hook-Timestamp": key,
                "X-Hook-Signature": key,
            }
            assert kind.verify("secret", raw, headers)
    assert len(vault.digest(key)) == 64
