"""Pictures and feedback, through Twilio's own Python client."""

from __future__ import annotations

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from .conftest import PHONE, SENDER

PICTURES = ["https://example.com/a.png", "https://example.com/b.jpg?size=1"]


def test_it_lists_fetches_and_deletes_pictures(sdk: Client) -> None:
    message = sdk.messages.create(to=PHONE, from_=SENDER, media_url=PICTURES)
    assert (message.sid[:2], message.num_media) == ("MM", "2")
    listed = sdk.messages(message.sid).media.list()
    assert [picture.content_type for picture in listed] == ["image/png", "image/jpeg"]
    first = sdk.messages(message.sid).media(listed[0].sid)
    assert first.fetch().parent_sid == message.sid
    assert first.delete()
    assert [m.sid for m in sdk.messages(message.sid).media.list()] == [listed[1].sid]
    with pytest.raises(TwilioRestException) as gone:
        first.fetch()
    assert gone.value.code == 20404


def test_a_text_has_no_pictures(sdk: Client) -> None:
    sid = sdk.messages.create(to=PHONE, from_=SENDER, body="It broke.").sid
    assert sdk.messages(sid).media.list() == []
    with pytest.raises(TwilioException, match="HTTP 404"):
        sdk.messages("SM" + "0" * 32).media.list()


def test_it_takes_feedback(sdk: Client) -> None:
    sid = sdk.messages.create(to=PHONE, from_=SENDER, body="It broke.", provide_feedback=True).sid
    assert sdk.messages(sid).feedback.create(outcome="unconfirmed").outcome == "unconfirmed"
    assert sdk.messages(sid).feedback.create().message_sid == sid
    with pytest.raises(TwilioRestException) as refused:
        sdk.messages(sid).feedback.create(outcome="perhaps")
    assert refused.value.code == 20001
