from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from sentry_twilio.core import Accepted, Receipt
from sentry_twilio.delivery.models import BadRecipient, Delivery, OptOut
from sentry_twilio.delivery.receipts import adopt, advance, apply_receipt
from sentry_twilio.delivery.states import State

NOW = timezone.now()


def make_delivery(state: str = "accepted", sid: str = "SM1") -> Delivery:
    return Delivery(
        state=state, sid=sid, created_at=NOW, due_at=NOW, expires_at=NOW + timedelta(hours=1)
    )


def receipt(state: str, sid: str = "SM1") -> Receipt:
    return Receipt(sid, state, state, segments=2)  # type: ignore[arg-type]


def test_delivered_is_final() -> None:
    row = make_delivery()
    advance(row, receipt("delivered"), NOW)
    for late in ("accepted", "undelivered", "accepted"):
        advance(row, receipt(late), NOW)
    assert (row.state, row.status, row.segments) == ("delivered", "delivered", 2)
    assert row.is_final


def test_a_failure_can_turn_out_delivered() -> None:
    row = make_delivery()
    advance(row, Receipt("SM1", "undelivered", "undelivered", 30008, None, "Lost."), NOW)
    assert (row.state, row.code, row.reason) == ("undelivered", 30008, "Lost.")
    advance(row, receipt("delivered"), NOW)
    assert (row.state, row.code, row.reason) == ("delivered", None, "")


def test_a_report_that_overtakes_the_answer_brings_the_sid() -> None:
    row = make_delivery("sending", sid="")
    advance(row, receipt("delivered"), NOW)
    adopt(row, Accepted("SM1", "queued", 1), NOW)
    assert (row.state, row.sid) == ("delivered", "SM1")
    assert row.due_at is None


def test_a_report_about_an_earlier_attempt_keeps_it_from_being_sent_again() -> None:
    row = make_delivery("pending", sid="")
    advance(row, receipt("accepted"), NOW)
    assert row.state == "accepted"


def test_a_second_message_for_one_delivery_is_marked() -> None:
    row = make_delivery("accepted", sid="SM1")
    advance(row, receipt("delivered", sid="SM2"), NOW)
    assert (row.state, row.sid, row.possibly_repeated) == ("accepted", "SM1", True)


def test_a_refusal_can_turn_out_to_have_been_about_the_second_attempt_only() -> None:
    row = make_delivery("refused", sid="")
    advance(row, receipt("delivered"), NOW)
    assert (row.state, row.sid) == ("delivered", "SM1")


def test_a_provider_s_odd_words_fit_the_columns() -> None:
    row = make_delivery("sending", sid="")
    adopt(row, Accepted("SM1", "w" * 100, 10**6), NOW)
    advance(row, Receipt("SM1", "accepted", "x" * 100, segments=-1), NOW)
    assert (row.status, row.segments) == ("x" * 20, 0x7FFF)


@given(
    st.sampled_from([state.value for state in State]),
    st.sampled_from(["", "SM1"]),
    st.lists(
        st.tuples(
            st.sampled_from(["accepted", "delivered", "undelivered"]),
            st.sampled_from(["SM1", "SM2"]),
        ),
        max_size=8,
    ),
)
def test_in_whatever_order_reports_come_it_never_goes_back(
    start: str, sid: str, reports: list[tuple[str, str]]
) -> None:
    row = make_delivery(start, sid)
    for state, about in reports:
        before, known = row.state, row.sid
        advance(row, receipt(state, about), NOW)
        assert row.sid == (known or about)
        if before == "delivered" or known not in ("", about):
            assert row.state == before
        if before == "undelivered":
            assert row.state in ("undelivered", "delivered")
        if row.sid == about and state == "delivered":
            assert row.state == "delivered"
        if row.state in ("delivered", "undelivered"):
            assert row.due_at is None or before == row.state == start


def undelivered(sid: str = "SM1", **values: object) -> Receipt:
    return Receipt(sid, "undelivered", "undelivered", 30003, **values)  # type: ignore[arg-type]


def test_a_recipient_who_cannot_be_reached_is_marked(delivery: Delivery) -> None:
    apply_receipt(delivery, undelivered(kind="recipient", reason="The phone is off."), NOW)
    mark = BadRecipient.objects.get()
    assert (mark.recipient, mark.code, mark.reason) == (
        delivery.recipient,
        30003,
        "The phone is off.",
    )
    assert not OptOut.objects.exists()


def test_a_text_that_does_not_arrive_says_nothing_of_the_recipient(delivery: Delivery) -> None:
    apply_receipt(delivery, undelivered(kind="message"), NOW)
    assert delivery.state == "undelivered"
    assert not BadRecipient.objects.exists()
    assert not OptOut.objects.exists()


def test_a_carrier_s_word_of_an_opt_out_is_learned_and_is_no_mark(delivery: Delivery) -> None:
    for _ in range(2):
        apply_receipt(delivery, undelivered(kind="recipient", opted_out=True), NOW)
    opt_out = OptOut.objects.get()
    assert (opt_out.sender_key, opt_out.recipient) == (delivery.sender_key, delivery.recipient)
    assert not BadRecipient.objects.exists()


def test_a_report_about_another_message_of_the_delivery_says_nothing_of_the_recipient(
    delivery: Delivery,
) -> None:
    delivery.state, delivery.sid = "accepted", "SM1"
    apply_receipt(delivery, undelivered("SM2", kind="recipient"), NOW)
    assert (delivery.state, delivery.possibly_repeated) == ("accepted", True)
    assert not BadRecipient.objects.exists()
