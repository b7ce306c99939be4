"""What is done with messages: create, list, fetch, update, delete."""

from __future__ import annotations

from sentry_twilio.emulator import listing, resources
from sentry_twilio.emulator.addresses import normalise
from sentry_twilio.emulator.call import Answer, Call
from sentry_twilio.emulator.creation import create as create_message
from sentry_twilio.emulator.problems import Problem


def create(call: Call) -> Answer | Problem:
    emulator = call.emulator
    message = create_message(call.account, call.form, emulator.optouts.holds)
    if isinstance(message, Problem):
        return message
    emulator.store.add(message)
    answer = Answer(201, resources.message(message))
    if not call.account.test_credentials:
        emulator.life.begin(message)
    return answer


def list_(call: Call) -> Answer | Problem:
    trouble = call.emulator.faults.for_list(normalise(call.query.get("To", "")))
    found = listing.page(call.emulator.store, call.account.sid, call.query, trouble)
    return found if isinstance(found, Problem) else Answer(200, found)


def fetch(call: Call) -> Answer | Problem:
    message = call.message()
    return message if isinstance(message, Problem) else Answer(200, resources.message(message))


def update(call: Call) -> Answer | Problem:
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


def delete(call: Call) -> Answer | Problem:
    message = call.message()
    if isinstance(message, Problem):
        return message
    if not message.is_final:
        return Problem(20009)
    call.emulator.store.remove(message)
    return Answer(204)
