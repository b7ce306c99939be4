"""What is around every answer of the API: credentials, faults, latency, headers."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from sentry_twilio.emulator.accounts import new_sid
from sentry_twilio.emulator.addresses import normalise
from sentry_twilio.emulator.call import Answer, Call, Operation
from sentry_twilio.emulator.effects import ErrorAnswer, Hang, RequestEffect, Reset
from sentry_twilio.emulator.emulator import Emulator
from sentry_twilio.emulator.form import Form
from sentry_twilio.emulator.problems import Problem
from sentry_twilio.emulator.routes import ROUTES, unknown_path, wrong_method

MOST_FIELDS = 100
FORM = "application/x-www-form-urlencoded"


def add_routes(app: web.Application, emulator: Emulator) -> None:
    for method, path, kind, operation in ROUTES:
        app.router.add_route(method, path, _handler(emulator, kind, operation))
    for path in dict.fromkeys(path for _, path, _, _ in ROUTES):
        app.router.add_route("*", path, _handler(emulator, "other", wrong_method))
    # Whatever else lives below the version is Twilio's too, and refused in its words.
    app.router.add_route("*", "/2010-04-01{rest:.*}", _handler(emulator, "other", unknown_path))


def _handler(emulator: Emulator, kind: str, operation: Operation) -> Callable[[web.Request], Any]:
    async def handle(request: web.Request) -> web.Response:
        started = time.monotonic()
        outcome = "abandoned"
        emulator.stats.enter(kind, request.transport)
        try:
            answer = await _answer(emulator, kind, operation, request)
            if answer is None:
                outcome = "reset"
                return _reset(request)
            outcome = str(answer.status)
            return _response(answer, emulator.stats.active, time.monotonic() - started)
        finally:
            emulator.stats.leave(outcome)

    return handle


async def _answer(
    emulator: Emulator, kind: str, operation: Operation, request: web.Request
) -> Answer | None:
    """What to answer; None is a reset connection."""
    call = await _admit(emulator, kind, request)
    if isinstance(call, Problem):
        await emulator.pause(emulator.settings.latency)
        return Answer.refusal(call)
    if emulator.crowd.fills(emulator.settings.concurrency):
        return _error(ErrorAnswer(code=20429, retry_after=emulator.settings.retry_after))
    with emulator.crowd:
        answer = await _perform(emulator, kind, operation, call)
        await emulator.pause(emulator.settings.latency)
    return answer


async def _perform(
    emulator: Emulator, kind: str, operation: Operation, call: Call
) -> Answer | None:
    to = normalise(call.form.get("To") or call.query.get("To", ""))
    effect = emulator.faults.for_request(kind, to)
    if effect is not None and effect.when == "before":
        return await _misbehave(emulator, effect, None)
    result = operation(call)
    answer = Answer.refusal(result) if isinstance(result, Problem) else result
    return answer if effect is None else await _misbehave(emulator, effect, answer)


async def _admit(emulator: Emulator, kind: str, request: web.Request) -> Call | Problem:
    account = emulator.accounts.authenticate(request.headers.get("Authorization", ""))
    asked_for = request.match_info.get("account")
    if account is None or asked_for not in (None, account.sid):
        return Problem(20003)
    if account.test_credentials and kind != "create":
        return Problem(20008)
    form = Form()
    if request.method == "POST":
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return Problem(20413)
        if body and request.content_type != FORM:
            return Problem(20415, request.content_type)
        read = _read_form(body)
        if read is None:
            return Problem(20001, "the form cannot be read")
        form = read
    sid, part = (request.match_info.get(name, "") for name in ("sid", "part"))
    return Call(emulator, account, sid, part, form, dict(request.query.items()))


def _read_form(body: bytes) -> Form | None:
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        return None
    return Form(tuple(pairs))


async def _misbehave(
    emulator: Emulator, effect: RequestEffect, answer: Answer | None
) -> Answer | None:
    match effect:
        case Hang():
            await emulator.pause(effect.seconds)
            return answer
        case Reset():
            return None
        case ErrorAnswer():
            return _error(effect)


def _error(effect: ErrorAnswer) -> Answer:
    headers = {} if effect.retry_after is None else {"Retry-After": f"{effect.retry_after:g}"}
    if effect.code is None:
        status = effect.status or 500
        return Answer(status, f"<html><body>{status}</body></html>\n", headers, is_json=False)
    problem = Problem(effect.code, status=effect.status, message=effect.message)
    return Answer(problem.http_status, problem.body(), headers)


def _response(answer: Answer, active: int, seconds: float) -> web.Response:
    headers = {
        **answer.headers,
        "Twilio-Request-Id": new_sid("RQ"),
        "Twilio-Concurrent-Requests": str(active),
        "Twilio-Request-Duration": f"{seconds:.3f}",
        "X-API-Domain": "api.twilio.com",
    }
    if answer.body is None:
        return web.Response(status=answer.status, headers=headers)
    text = json.dumps(answer.body, ensure_ascii=False) if answer.is_json else answer.body
    content_type = "application/json" if answer.is_json else "text/html"
    return web.Response(status=answer.status, text=text, content_type=content_type, headers=headers)


def _reset(request: web.Request) -> web.Response:
    transport = request.transport
    if transport is not None:
        # Lingering for no time is what makes the kernel send RST instead of FIN.
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()
