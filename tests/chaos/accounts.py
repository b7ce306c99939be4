"""What the outbox says, held against what arrived at Twilio."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.faults import REFUSALS

OPEN = frozenset({"pending", "sending", "unknown", "held"})
UNSETTLED = OPEN | {"accepted"}
"""The emulated Twilio brings all it accepts to an end, and says to which one where it is asked."""
CLAIMING = frozenset({"accepted", "delivered", "undelivered"})
_REVERSE = {"delivered": ("failed", "undelivered"), "undelivered": ("delivered",)}
MOST_SHOWN = 20


@dataclass(slots=True)
class Tally:
    """The figures of a round, and what stands behind those that ought to be 0."""

    alerts: int = 0
    deliveries: int = 0
    at_twilio: int = 0
    lost: int = 0
    doubled: int = 0
    contradicted: int = 0
    unaccounted: int = 0
    marked: int = 0
    digested: int = 0
    attempts: int = 0
    looked_up: int = 0
    kills: int = 0
    seconds: float = 0.0
    states: dict[str, int] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not self.findings

    def find(self, what: str, row: Mapping[str, Any] | None, about: str) -> None:
        """Count one of `lost`, `doubled`, `contradicted` and `unaccounted`, and say why."""
        setattr(self, what, getattr(self, what) + 1)
        if len(self.findings) < MOST_SHOWN:
            self.findings.append(f"{what}: {about}" + (f" {dict(row)}" if row else ""))


def take_stock(
    deliveries: Iterable[Mapping[str, Any]],
    messages: Iterable[Mapping[str, Any]],
    caps: bool,
) -> Tally:
    """Compare the rows of `Delivery` with the messages of the emulator.

    `caps`: whether messages may have been held back, and left in digests.
    """
    rows = {row["id"]: row for row in deliveries}
    by_sid = {message["sid"]: message for message in messages}
    tally = Tally(deliveries=len(rows), at_twilio=len(by_sid))
    for row in rows.values():
        _judge(row, rows, by_sid, caps, tally)
    _count_doubles(rows.values(), by_sid.values(), tally)
    if caps and not tally.digested:
        tally.findings.append("no message left in a digest, so nothing was shown of the caps")
    tally.marked = sum(bool(row["possibly_repeated"]) for row in rows.values())
    tally.states = dict(Counter(str(row["state"]) for row in rows.values()))
    return tally


def _judge(
    row: Mapping[str, Any],
    rows: Mapping[int, Mapping[str, Any]],
    by_sid: Mapping[str, Mapping[str, Any]],
    caps: bool,
    tally: Tally,
) -> None:
    state = row["state"]
    if state in CLAIMING:
        _compare(row, by_sid.get(row["sid"]), tally)
    elif state in OPEN:
        tally.find("unaccounted", row, "not at its end:")
    elif state == "digested" and caps:
        tally.digested += 1
        digest = rows.get(row["digest_id"])
        if digest is None or not (digest["state"] in CLAIMING or _is_final(digest)):
            tally.find("lost", row, f"its digest did not leave ({digest and digest['state']}):")
    elif not _is_final(row):
        tally.find("lost", row, "nothing that Twilio said for good was the reason:")
    elif not row["reason"]:
        tally.find("unaccounted", row, "no reason:")


def _is_final(row: Mapping[str, Any]) -> bool:
    """Whether Twilio has refused it for good. Nothing else may keep a message of a round from
    being sent: nobody mutes or resolves anything, and none is old enough to expire."""
    return row["state"] == "refused" and row["code"] in REFUSALS


def _compare(row: Mapping[str, Any], message: Mapping[str, Any] | None, tally: Tally) -> None:
    if message is None or (message["to"], message["body"]) != (row["recipient"], row["body"]):
        tally.find("lost", row, "Twilio has no such message:")
    elif message["status"] in _REVERSE.get(row["state"], ()):
        tally.find("contradicted", row, f"at Twilio it is {message['status']}:")
    elif row["state"] == "accepted":
        tally.find("unaccounted", row, f"nobody has heard that it is {message['status']}:")


def _count_doubles(
    rows: Iterable[Mapping[str, Any]], messages: Iterable[Mapping[str, Any]], tally: Tally
) -> None:
    claims: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["state"] in CLAIMING:
            claims[row["recipient"], row["body"]].append(row)
    arrived = Counter((message["to"], message["body"]) for message in messages)
    for key, count in arrived.items():
        for _ in range(count - len(claims[key])):
            tally.find("doubled", None, f"{count} at Twilio of {key}; claimed by {claims[key]}")
