"""What each of Twilio's paths does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sentry_twilio.emulator import listing, resources
from sentry_twilio.emulator.accounts import Account
from sentry_twilio.emulator.addresses import normalise
from sentry_twilio.emulator.creation import create
from sentry_twilio.emulator.emulator import Emulator
from sentry_twilio.emulator.form import Form
from sentry_twilio.emulator.messages import Message
from sentry_twilio.emulator.problems import Problem


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the API that was let in. `sid` is the message's, where the path has one."""

    emulator: Emulator
    account: Account
    sid: str
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


def _create(call: Call) -> Answer | Problem:
    emulator = call.emulator
    message = create(call.account, call.form, emulator.optouts.holds)
    if isinstance(message, Problem):
        return message
    emulator.store.add(message)
    answer = Answer(201, resources.message(message))
    emulator.life.begin(message)
    return answer


def _list(call: Call) -> Answer | Problem:
    trouble = call.emulator.faults.for_list(normalise(call.query.get("To", "")))
    found = listing.page(call.emulator.store, call.account.sid, call.query, trouble)
    return found if isinstance(found, Problem) else Answer(200, found)


def _fetch(call: Call) -> Answer | Problem:
    message = call.message()
    return message if isinstance(message, Problem) else Answer(200, resources.message(message))


def _update(call: Call) -> Answer | Problem:
    message = call.message()
    if isinstance(message, Problem):
        return message
    store = call.emulator.store
    if call.form.get("Status") == "canceled":
        if message.status != "scheduled":
            return Problem(30409)
        store.move(message, "canceled")
        call.emulator.callbacks.report(message)
    elif call.form.get("Status"):
        return Problem(20001, "Status can only become canceled")
    if "Body" in call.form:
        if call.form.get("Body"):
            return Problem(20001, "Body can only become empty")
        if not message.is_final:
            return Problem(20009)
        store.redact(message)
    return Answer(200, resources.message(message))


def _delete(call: Call) -> Answer | Problem:
    message = call.message()
    if isinstance(message, Problem):
        return message
    if not message.is_final:
        return Problem(20009)
    call.emulator.store.remove(message)
    return Answer(204)


def _account(call: Call) -> Answer | Problem:
    return Answer(200, resources.account(call.account))


def wrong_method(call: Call) -> Answer | Problem:
    return Problem(20004)


def unknown_path(call: Call) -> Answer | Problem:
    return Problem(20404)


Operation = Callable[[Call], Answer | Problem]
ACCOUNT = "/2010-04-01/Accounts/{account}"
# Method and path, the kind that faults and statistics call it, and what it does.
ROUTES: tuple[tuple[str, str, str, Operation], ...] = (
    ("POST", f"{ACCOUNT}/Messages.json", "create", _create),
    ("GET", f"{ACCOUNT}/Messages.json", "list", _list),
    ("GET", f"{ACCOUNT}/Messages/{{sid}}.json", "fetch", _fetch),
    ("POST", f"{ACCOUNT}/Messages/{{sid}}.json", "update", _update),
    ("DELETE", f"{ACCOUNT}/Messages/{{sid}}.json", "delete", _delete),
    ("GET", f"{ACCOUNT}.json", "account", _account),
)
