"""One thing to do about one delivery, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sentry_twilio.core import CannotLookUp, Message, Outcome, Receipt
from sentry_twilio.delivery.senders import Line, NoLine

Action = Literal["send", "look_up", "ask"]

Answer = Outcome | CannotLookUp | Receipt | None
"""Of a send an `Outcome`; of a look-up `Accepted`, `CannotLookUp` or `Unknown` (ask again);
of a question after the status a `Receipt`. None: nothing was found, or could be asked."""


@dataclass(frozen=True, slots=True)
class Job:
    """All that a thread without a database needs.

    `lease` names the taking that this job belongs to; `deadline` is the moment of
    `clock.elapsed()` at which it ends. `sender_key` is the one that the attempt went through.
    `look_since`: from when on a message of the provider's may be this one, by our clock.
    """

    action: Action
    delivery: int
    message: Message
    sid: str
    expires_at: datetime
    attempt: int
    token: str
    sender_key: str
    attempted_at: datetime
    look_since: datetime
    line: Line | NoLine
    lease: str
    deadline: float
    known_sids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a job, and how many seconds it took."""

    job: Job
    answer: Answer
    seconds: float = 0.0
