from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.test import Client

from sentry_twilio.delivery.models import Attempt, Delivery

from .provider import FakePlugin

URL = "https://alerts.example.com"


@pytest.fixture
def report(
    client: Client, delivery: Delivery, plugin: FakePlugin, work: Callable[[], int]
) -> Callable[..., int]:
    plugin.callbacks = True
    work()

    def post(state: str, token: str = "", signed: bool = True, slug: str = "fake") -> int:
        token = token or Attempt.objects.get().token
        path = f"/hooks/{slug}/status/?attempt={token}"
        # Behind a proxy the request's own host is the proxy's business, not the signature's.
        headers = {"Host": "127.0.0.1"}
        if signed:
            headers["X-Fake-Signature"] = f"signed {URL}{path}"
        delivery.refresh_from_db()
        answer = client.post(
            path,
            urlencode({"sid": delivery.sid, "state": state}),
            content_type="application/x-www-form-urlencoded",
            headers=headers,
        )
        delivery.refresh_from_db()
        return answer.status_code

    return post


def test_a_signed_report_moves_the_delivery_on(
    report: Callable[..., int], delivery: Delivery
) -> None:
    assert report("delivered") == 204
    assert delivery.state == "delivered"
    assert report("delivered") == 204
    assert report("accepted") == 204
    assert delivery.state == "delivered"


@pytest.mark.parametrize(
    "wrong", [{"signed": False}, {"token": "unknown"}, {"slug": "twilio"}, {"slug": "nobody"}]
)
def test_whatever_does_not_prove_itself_is_forbidden(
    report: Callable[..., int], delivery: Delivery, wrong: dict[str, object]
) -> None:
    assert report("delivered", **wrong) == 403
    assert delivery.state == "accepted"


def test_a_get_is_no_report(client: Client, db: None) -> None:
    assert client.get("/hooks/fake/status/").status_code == 405


def test_a_huge_body_is_turned_away(client: Client, db: None) -> None:
    answer = client.post("/hooks/fake/status/", b"x" * 70_000, content_type="text/plain")
    assert answer.status_code == 413


def test_a_report_about_a_message_that_a_twin_took_for_its_own_counts_there(
    client: Client, report: Callable[..., int], delivery: Delivery
) -> None:
    delivery.refresh_from_db()
    twin = Delivery.objects.get()
    twin.pk, twin.sid, twin.state, twin.due_at = None, "SM-of-both", "accepted", None
    twin.save()
    token = Attempt.objects.get().token
    path = f"/hooks/fake/status/?attempt={token}"
    answer = client.post(
        path,
        urlencode({"sid": "SM-of-both", "state": "delivered"}),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Fake-Signature": f"signed {URL}{path}"},
    )
    assert answer.status_code == 204
    twin.refresh_from_db()
    delivery.refresh_from_db()
    assert (twin.state, delivery.state) == ("delivered", "accepted")


@pytest.mark.parametrize("token", ["%00", "x" * 500, "%F0%9F%92%A5", ""])
def test_a_token_that_cannot_be_one_is_forbidden(client: Client, db: None, token: str) -> None:
    assert client.post(f"/hooks/fake/status/?attempt={token}").status_code == 403
