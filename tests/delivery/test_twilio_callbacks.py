"""Twilio's own callbacks through the host's doors: signature, address, and what they do."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import Client

from sentry_twilio.core import plugins
from sentry_twilio.delivery.models import Attempt, Delivery, KnownSender, Notification, OptOut
from sentry_twilio.projects.models import Project
from sentry_twilio.twilio import signature

ACCOUNT, OTHER_ACCOUNT = "AC" + "a" * 32, "AC" + "b" * 32
TOKEN, OTHER_TOKEN = "c" * 32, "d" * 32
POOL = "MG" + "e" * 32
ADA, NUMBER = "+14155550100", "+15005550006"
URL = "https://alerts.example.com"


@pytest.fixture
def sent(db: None) -> Delivery:
    """A message that Twilio took from a project with a Messaging Service."""
    plugin = plugins.get("twilio")
    shop = Project.objects.create(name="Shop", slug="shop")
    other = Project.objects.create(name="Other", slug="other")
    for project, account, token in (
        (other, OTHER_ACCOUNT, OTHER_TOKEN),
        (shop, ACCOUNT, TOKEN),
    ):
        plugin.set_option("account_sid", account, project)
        plugin.set_option("auth_token", token, project)
        plugin.set_option("messaging_service_sid", POOL, project)
        plugin.set_option("sms_to", ADA, project)
    notification = Notification.objects.create(
        project=shop, plugin="twilio", group="1", title="It broke", level="error", alert={}
    )
    row = Delivery.objects.create(
        notification=notification,
        project=shop,
        plugin="twilio",
        recipient=ADA,
        body="It broke",
        state="accepted",
        sid="SM" + "1" * 32,
        sender_key=f"twilio:{ACCOUNT}:{POOL}",
        expires_at=notification.created_at,
    )
    Attempt.objects.create(delivery=row, number=1, token="the-attempt")
    return row


@pytest.fixture
def post(client: Client) -> Callable[..., HttpResponse]:
    def post(path: str, fields: dict[str, str], token: str = TOKEN) -> HttpResponse:
        fields = {"AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", **fields}
        return client.post(
            path,
            urlencode(fields),
            content_type="application/x-www-form-urlencoded",
            headers={"X-Twilio-Signature": signature.sign(URL + path, fields, token)},
        )

    return post


@pytest.mark.parametrize("query", ["", "?attempt=the-attempt"])
def test_a_status_moves_the_delivery_on(
    post: Callable[..., HttpResponse], sent: Delivery, query: str
) -> None:
    path = f"/hooks/twilio/status/{query}"
    fields = {"MessageSid": sent.sid, "MessageStatus": "undelivered", "ErrorCode": "30005"}
    assert post(path, fields, OTHER_TOKEN).status_code == 403
    assert post(path, fields).status_code == 204
    sent.refresh_from_db()
    assert (sent.state, sent.code) == ("undelivered", 30005)


def test_stop_and_start_hold_for_the_service_and_the_number(
    post: Callable[..., HttpResponse], sent: Delivery
) -> None:
    def write(sid: str, body: str) -> HttpResponse:
        fields = {"MessageSid": "SM" + sid * 32, "SmsStatus": "received", "Body": body}
        about = {"From": ADA, "To": NUMBER, "MessagingServiceSid": POOL}
        return post("/hooks/twilio/inbound/", fields | about)

    answer = write("2", "Stop")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/xml")
    keys = {f"twilio:{ACCOUNT}:{name}" for name in (POOL, NUMBER)}
    assert set(OptOut.objects.values_list("sender_key", flat=True)) == keys
    assert set(KnownSender.objects.values_list("key", flat=True)) == keys
    write("3", "START")
    assert not OptOut.objects.exists()
