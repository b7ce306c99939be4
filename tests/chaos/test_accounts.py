"""The chaos run sees what it is there to see."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chaos.accounts import Tally, take_stock


def row(number: int, state: str, sid: str = "", **values: Any) -> dict[str, Any]:
    usual = {"recipient": "+1", "body": "It broke", "code": None, "reason": "", "digest_id": None}
    return {"id": number, "state": state, "sid": sid, "possibly_repeated": False} | usual | values


def message(sid: str, status: str = "delivered", **values: Any) -> dict[str, Any]:
    return {"sid": sid, "to": "+1", "body": "It broke", "status": status} | values


def counts(tally: Tally) -> tuple[int, int, int, int]:
    return tally.lost, tally.doubled, tally.contradicted, tally.unaccounted


def test_twins_with_a_message_each_and_a_final_refusal_are_well() -> None:
    rows = [
        row(1, "delivered", "SM1"),
        row(2, "delivered", "SM2"),
        row(3, "undelivered", "SM3", recipient="+2", code=30003),
        row(4, "refused", code=21612, reason="No."),
    ]
    arrived = [message("SM1"), message("SM2"), message("SM3", "undelivered", to="+2")]
    tally = take_stock(rows, arrived, caps=False)
    assert tally.is_clean, tally.findings
    assert (tally.deliveries, tally.at_twilio) == (4, 3)


@pytest.mark.parametrize(
    ("rows", "arrived", "expected"),
    [
        pytest.param([row(1, "accepted", "SM1")], [], (1, 0, 0, 0), id="no such message"),
        pytest.param(
            [row(1, "accepted", "SM1")], [message("SM1", to="+2")], (1, 1, 0, 0), id="another's"
        ),
        pytest.param([row(1, "expired", reason="Late.")], [], (1, 0, 0, 0), id="expired"),
        pytest.param([row(1, "refused", reason="?", code=20003)], [], (1, 0, 0, 0), id="halted"),
        pytest.param([row(1, "digested", digest_id=2)], [], (1, 0, 0, 0), id="no caps"),
        pytest.param(
            [row(1, "delivered", "SM1", possibly_repeated=True)],
            [message("SM1"), message("SM2")],
            (0, 1, 0, 0),
            id="sent twice",
        ),
        pytest.param(
            [row(1, "refused", code=21612, reason="No.")],
            [message("SM1")],
            (0, 1, 0, 0),
            id="refused, and sent",
        ),
        pytest.param(
            [row(1, "undelivered", "SM1")], [message("SM1")], (0, 0, 1, 0), id="it did arrive"
        ),
        pytest.param(
            [row(1, "delivered", "SM1")], [message("SM1", "failed")], (0, 0, 1, 0), id="it did not"
        ),
        pytest.param([row(1, "unknown")], [], (0, 0, 0, 1), id="not at its end"),
        pytest.param(
            [row(1, "accepted", "SM1")], [message("SM1")], (0, 0, 0, 1), id="never asked after"
        ),
        pytest.param([row(1, "refused", code=21612)], [], (0, 0, 0, 1), id="no reason"),
    ],
)
def test_whatever_is_wrong_is_counted(
    rows: list[dict[str, Any]],
    arrived: list[dict[str, Any]],
    expected: tuple[int, int, int, int],
) -> None:
    tally = take_stock(rows, arrived, caps=False)
    assert counts(tally) == expected
    assert len(tally.findings) == sum(expected)


def test_with_caps_a_digest_that_was_sent_stands_for_its_members() -> None:
    rows = [
        row(1, "digested", digest_id=3, reason="Over the cap."),
        row(2, "digested", digest_id=4, reason="Over the cap."),
        row(3, "delivered", "SM1", body="2 alerts"),
        row(4, "refused", code=21612, reason="No.", body="1 alert"),
    ]
    arrived = [message("SM1", body="2 alerts")]
    tally = take_stock(rows, arrived, caps=True)
    assert tally.is_clean, tally.findings
    assert tally.digested == 2


@pytest.mark.parametrize("state", ["refused", "expired", "held"])
def test_with_caps_a_digest_that_was_not_sent_stands_for_nothing(state: str) -> None:
    rows = [
        row(1, "digested", digest_id=2),
        row(2, state, code=20003, reason="No.", body="1 alert"),
    ]
    assert "its digest did not leave" in take_stock(rows, [], caps=True).findings[0]


@pytest.mark.parametrize("state", ["suppressed", "expired"])
def test_with_caps_too_nothing_stays_away_on_purpose(state: str) -> None:
    assert take_stock([row(1, state, reason="So be it.")], [], caps=True).lost == 1


def test_with_caps_a_round_in_which_nothing_left_in_a_digest_fails() -> None:
    rows, arrived = [row(1, "delivered", "SM1")], [message("SM1")]
    assert take_stock(rows, arrived, caps=False).is_clean
    assert not take_stock(rows, arrived, caps=True).is_clean
