"""A request to the API that was let in, and what it is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sentry_twilio.emulator.accounts import Account
from sentry_twilio.emulator.emulator import Emulator
from sentry_twilio.emulator.form import Form
from sentry_twilio.emulator.messages import Message
from sentry_twilio.emulator.problems import Problem


@dataclass(frozen=True, slots=True)
class Call:
    """`sid` is that of the message or number in the path, `part` of what belongs to it."""

    emulator: Emulator
    account: Account
    sid: str
    part: str
    form: Form
    query: dict[str, str]

    def message(self) -> Message | Problem:
        found = self.emulator.store.get(self.account.sid, self.sid)
        return Problem(20404, f"Messages/{self.sid}") if found is None else found


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    is_json: bool = True

    @classmethod
    def refusal(cls, problem: Problem) -> Answer:
        headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if problem.code == 20003 else {}
        return cls(problem.http_status, problem.body(), headers)


Operation = Callable[[Call], Answer | Problem]
