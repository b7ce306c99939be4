"""Twilio's own Python client against the emulator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from sentry_twilio.emulator.accounts import Account
from sentry_twilio.emulator.testing import RunningEmulator

from .conftest import PHONE, SENDER, SERVICE


def test_it_creates_a_message_as_twilio_does(sdk: Client) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    message = sdk.messages.create(to=PHONE, from_=SENDER, body="It broke.")

    assert message.sid.startswith("SM")
    assert len(message.sid) == 34
    assert message.status == "queued"
    assert message.direction == "outbound-api"
    assert (message.num_segments, message.num_media, message.price) == ("1", "0", None)
    assert (message.to, message.from_, message.body) == (PHONE, SENDER, "It broke.")
    assert before <= message.date_created <= datetime.now(UTC)
    assert message.date_sent is None
    assert message.error_code is None
    assert message.uri == f"/2010-04-01/Accounts/{message.account_sid}/Messages/{message.sid}.json"
    assert set(message.subresource_uris) == {"media", "feedback"}


def test_it_fetches_what_became_of_it(emulator: RunningEmulator, sdk: Client) -> None:
    sid = sdk.messages.create(to=PHONE, from_=SENDER, body="x" * 161).sid
    emulator.wait_for()
    message = sdk.messages(sid).fetch()
    assert message.status == "delivered"
    assert message.num_segments == "2"
    assert message.price == "-0.01580"
    assert message.date_sent >= message.date_created


def test_a_messaging_service_picks_the_sender_later(emulator: RunningEmulator, sdk: Client) -> None:
    message = sdk.messages.create(to=PHONE, messaging_service_sid=SERVICE, body="It broke.")
    assert (message.status, message.num_segments, message.from_) == ("accepted", "0", None)
    emulator.wait_for()
    later = sdk.messages(message.sid).fetch()
    assert later.num_segments == "1"
    assert later.from_.startswith("+1")
    assert later.messaging_service_sid == SERVICE


def test_it_pages_through_everything_newest_first(emulator: RunningEmulator, sdk: Client) -> None:
    sids = [sdk.messages.create(to=PHONE, from_=SENDER, body=str(n)).sid for n in range(7)]
    sdk.messages.create(to="+14155550199", from_=SENDER, body="another phone")
    listed = [message.sid for message in sdk.messages.list(to=PHONE, page_size=3)]
    assert listed == sids[::-1]
    assert emulator.stats()["by_kind"]["list"] == 3


def test_new_messages_do_not_shift_the_pages(sdk: Client) -> None:
    sids = [sdk.messages.create(to=PHONE, from_=SENDER, body=str(n)).sid for n in range(4)]
    first = sdk.messages.page(to=PHONE, page_size=2)
    assert [message.sid for message in first] == [sids[3], sids[2]]
    sdk.messages.create(to=PHONE, from_=SENDER, body="in between")
    second = first.next_page()
    assert second is not None
    assert [message.sid for message in second] == [sids[1], sids[0]]
    assert second.next_page() is None
    assert second.previous_page() is not None


def test_it_redacts_a_finished_message(emulator: RunningEmulator, sdk: Client) -> None:
    sid = sdk.messages.create(to=PHONE, from_=SENDER, body="secret").sid
    emulator.wait_for()
    assert sdk.messages(sid).update(body="").body == ""
    assert sdk.messages(sid).fetch().body == ""


def test_it_deletes_only_what_is_finished(emulator: RunningEmulator, sdk: Client) -> None:
    emulator.set(pace=30)
    sid = sdk.messages.create(to=PHONE, from_=SENDER, body="It broke.").sid
    with pytest.raises(TwilioRestException) as refused:
        sdk.messages(sid).delete()
    assert (refused.value.status, refused.value.code) == (409, 20009)

    emulator.set(pace=0)
    done = sdk.messages.create(to="+14155550199", from_=SENDER, body="It broke.").sid
    emulator.wait_for(to="+14155550199")
    assert sdk.messages(done).delete()
    with pytest.raises(TwilioRestException) as gone:
        sdk.messages(done).fetch()
    assert (gone.value.status, gone.value.code) == (404, 20404)


def test_a_scheduled_message_can_be_cancelled(sdk: Client) -> None:
    message = sdk.messages.create(
        to=PHONE,
        messaging_service_sid=SERVICE,
        body="Later",
        schedule_type="fixed",
        send_at=datetime.now(UTC) + timedelta(hours=1),
    )
    assert message.status == "scheduled"
    assert sdk.messages(message.sid).update(status="canceled").status == "canceled"


def test_a_message_on_its_way_cannot_be_cancelled(sdk: Client) -> None:
    sid = sdk.messages.create(to=PHONE, from_=SENDER, body="Now").sid
    with pytest.raises(TwilioRestException) as refused:
        sdk.messages(sid).update(status="canceled")
    assert refused.value.code == 30409


def test_it_shows_the_account(emulator: RunningEmulator, sdk: Client) -> None:
    account = sdk.api.accounts(emulator.account_sid).fetch()
    assert (account.status, account.type) == ("active", "Full")
    assert account.auth_token == emulator.auth_token


def test_wrong_credentials_are_refused(emulator: RunningEmulator) -> None:
    client = Client(emulator.account_sid, "0" * 32)
    client.api.base_url = emulator.base_url
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(to=PHONE, from_=SENDER, body="It broke.")
    assert (refused.value.status, refused.value.code) == (401, 20003)
    assert emulator.messages() == []


def test_an_api_key_opens_its_own_account_only() -> None:
    key, secret = "SK" + "1" * 32, "s" * 32
    mine = Account("AC" + "1" * 32, "a" * 32, {key: secret})
    other = Account("AC" + "2" * 32, "b" * 32)
    with RunningEmulator([mine, other]) as emulator:
        client = Client(key, secret, mine.sid)
        client.api.base_url = emulator.base_url
        assert client.messages.create(to=PHONE, from_=SENDER, body="x").account_sid == mine.sid
        stranger = Client(key, secret, other.sid)
        stranger.api.base_url = emulator.base_url
        with pytest.raises(TwilioRestException) as refused:
            stranger.messages.create(to=PHONE, from_=SENDER, body="x")
        assert refused.value.code == 20003


def test_a_stopped_recipient_is_refused_by_that_sender_alone(
    emulator: RunningEmulator, sdk: Client
) -> None:
    emulator.reply(PHONE, SENDER, " stop ")
    with pytest.raises(TwilioRestException) as refused:
        sdk.messages.create(to=PHONE, from_=SENDER, body="It broke.")
    assert (refused.value.status, refused.value.code) == (400, 21610)
    assert sdk.messages.create(to=PHONE, from_="+14155559999", body="It broke.").sid
    emulator.reply(PHONE, SENDER, "START")
    assert sdk.messages.create(to=PHONE, from_=SENDER, body="It broke.").sid
