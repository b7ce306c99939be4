"""One thing to do about one delivery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sentry_twilio.core import Message
from sentry_twilio.delivery.senders import Line, NoLine

Action = Literal["send", "look_up", "ask"]


@dataclass(frozen=True, slots=True)
class Job:
    """All that a thread without a database needs.

    `lease` names the taking that this job belongs to; `deadline` is the moment of
    `clock.elapsed()` at which it ends. `sender_key` is the one that the attempt went through.
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
    line: Line | NoLine
    lease: str
    deadline: float
    known_sids: frozenset[str] = frozenset()
