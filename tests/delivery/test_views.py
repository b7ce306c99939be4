from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from sentry_twilio.delivery.models import Attempt, Delivery
from sentry_twilio.delivery.views import MAX_BYTES, MAX_FIELDS
from sentry_twilio.projects.models import Project

from .provider import FakePlugin, sign

URL = "https://alerts.example.com"
FORM = "application/x-www-form-urlencoded"
Post = Callable[..., Any]


@pytest.fixture
def post(client: Client, db: None) -> Post:
    """A provider's request, as a proxy in front of the host passes it on."""

    def post(path: str, fields: dict[str, str], secret: str | None = "") -> Any:
        # The request's own host is the proxy's business, and not what was signed.
        headers = {"Host": "127.0.0.1"}
        if secret is not None:
            headers["X-Fake-Signature"] = sign(URL + path, secret)
        return client.post(path, urlencode(fields), content_type=FORM, headers=headers)

    return post


@pytest.fixture
def sent(delivery: Delivery, plugin: FakePlugin, work: Callable[[], int]) -> Delivery:
    plugin.callbacks = True
    work()
    delivery.refresh_from_db()
    return delivery


def status_path(token: str | None = None, slug: str = "fake") -> str:
    token = Attempt.objects.get().token if token is None else token
    return f"/hooks/{slug}/status/?attempt={token}"


def state_of(row: Delivery) -> str:
    row.refresh_from_db()
    return row.state


def test_a_signed_report_moves_the_delivery_on(post: Post, sent: Delivery) -> None:
    answer = post(status_path(), {"sid": sent.sid, "state": "delivered"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert state_of(sent) == "delivered"


@pytest.mark.parametrize("token", ["", "unknown", "%00", "x" * 500, "%F0%9F%92%A5"])
def test_a_report_without_our_token_counts_by_its_sid(
    post: Post, sent: Delivery, token: str
) -> None:
    answer = post(status_path(token), {"sid": sent.sid, "state": "delivered"})
    assert answer.status_code == 204
    assert state_of(sent) == "delivered"


@pytest.mark.parametrize(
    ("path", "secret"),
    [
        ("/hooks/fake/status/", None),
        ("/hooks/fake/status/", "a guess"),
        ("/hooks/fake/status/?attempt=unknown", "a guess"),
        ("/hooks/fake/status/?attempt=%00", "a guess"),
        ("/hooks/twilio/status/", ""),
        ("/hooks/nobody/status/", ""),
        ("/hooks/fake/inbound/", None),
        ("/hooks/fake/inbound/", "a guess"),
        ("/hooks/twilio/inbound/", ""),
        ("/hooks/nobody/inbound/", ""),
    ],
)
def test_every_stranger_gets_the_same_answer(
    post: Post, sent: Delivery, path: str, secret: str | None
) -> None:
    message = {"to": "line", "from": sent.recipient, "body": "STOP"}
    answer = post(path, {"sid": sent.sid, "state": "delivered", **message}, secret)
    assert answer.status_code == 403
    assert answer.content == b"The signature is missing or wrong."
    assert state_of(sent) == "accepted"


def test_the_right_token_proves_nothing(post: Post, sent: Delivery) -> None:
    for secret in (None, "a guess"):
        answer = post(status_path(), {"sid": sent.sid, "state": "delivered"}, secret)
        assert answer.status_code == 403
    assert post(status_path(slug="twilio"), {"sid": sent.sid}).status_code == 403
    assert state_of(sent) == "accepted"


@pytest.mark.parametrize("door", ["status", "inbound"])
def test_a_get_is_no_callback(client: Client, db: None, door: str) -> None:
    assert client.get(f"/hooks/fake/{door}/").status_code == 405


@pytest.mark.parametrize("door", ["status", "inbound"])
def test_a_huge_body_is_turned_away(client: Client, db: None, door: str) -> None:
    answer = client.post(f"/hooks/fake/{door}/", b"x" * (MAX_BYTES + 1), content_type=FORM)
    assert answer.status_code == 413


def test_a_body_of_very_many_fields_is_turned_away(post: Post, sent: Delivery) -> None:
    crowd = {f"field{number}": "" for number in range(MAX_FIELDS)}
    answer = post(status_path(), {"sid": sent.sid, "state": "delivered", **crowd})
    assert answer.status_code == 403
    assert state_of(sent) == "accepted"


def test_a_json_body_is_handed_over_raw(
    client: Client, sent: Delivery, plugin: FakePlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    real = plugin.read_callback
    monkeypatch.setattr(plugin, "read_callback", lambda *args: seen.append(args) or real(*args))
    path = status_path()
    client.post(
        path,
        b'{"sid": 1}',
        content_type="application/json",
        headers={"X-Fake-Signature": "wrong"},
    )
    assert seen[0][:4] == (URL + path, [], "wrong", b'{"sid": 1}')


def test_a_recipient_s_message_is_answered_with_nothing(post: Post, project: Project) -> None:
    message = {"sid": "SM9", "to": "line", "from": "+14155550100", "body": "Thanks"}
    answer = post("/hooks/fake/inbound/", message)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/xml")
    assert answer.content == b'<?xml version="1.0" encoding="UTF-8"?><Response/>'


def test_each_door_takes_only_what_it_is_for(post: Post, sent: Delivery) -> None:
    message = {"sid": "SM9", "to": "line", "from": "+14155550100", "body": "STOP"}
    assert post("/hooks/fake/status/", message).status_code == 403
    report = {"sid": sent.sid, "state": "delivered"}
    assert post("/hooks/fake/inbound/", report).status_code == 403
    assert state_of(sent) == "accepted"
