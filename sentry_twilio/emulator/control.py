"""`/emulator/…`: what a test or a demo asks of the emulator itself, see docs/emulator.md."""

from __future__ import annotations

import json
from dataclasses import asdict

from aiohttp import web

from sentry_twilio.emulator import steering
from sentry_twilio.emulator.emulator import Emulator
from sentry_twilio.emulator.optouts import keyword
from sentry_twilio.emulator.reading import BadInput, read_fault


def add_routes(app: web.Application, emulator: Emulator) -> None:
    control = Control(emulator)
    app.add_routes(
        [
            web.get("/emulator/messages", control.messages),
            web.delete("/emulator/messages", control.reset),
            web.get("/emulator/stats", control.stats),
            web.get("/emulator/faults", control.faults),
            web.post("/emulator/faults", control.add_faults),
            web.delete("/emulator/faults", control.clear_faults),
            web.get("/emulator/settings", control.settings),
            web.post("/emulator/settings", control.change_settings),
            web.get("/emulator/account", control.account),
            web.post("/emulator/account", control.change_account),
            web.post("/emulator/token", control.change_token),
            web.get("/emulator/optouts", control.optouts),
            web.post("/emulator/optouts", control.opt_out),
        ]
    )


class Control:
    """A handler per path."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    async def messages(self, request: web.Request) -> web.Response:
        found = steering.messages(self._emulator, request.query.get("to", ""))
        return web.json_response({"messages": found})

    async def reset(self, request: web.Request) -> web.Response:
        self._emulator.reset()
        return web.Response(status=204)

    async def stats(self, request: web.Request) -> web.Response:
        return web.json_response(steering.stats(self._emulator))

    async def faults(self, request: web.Request) -> web.Response:
        return web.json_response({"faults": [fault.describe() for fault in self._emulator.faults]})

    async def add_faults(self, request: web.Request) -> web.Response:
        data = await read_json(request)
        try:
            # All are read before the first is in force.
            faults = [read_fault(item) for item in (data if isinstance(data, list) else [data])]
            steering.add_faults(self._emulator, faults)
        except BadInput as error:
            return refusal(str(error))
        return web.json_response({"faults": [fault.describe() for fault in faults]}, status=201)

    async def clear_faults(self, request: web.Request) -> web.Response:
        self._emulator.faults.clear()
        return web.Response(status=204)

    async def settings(self, request: web.Request) -> web.Response:
        return web.json_response(asdict(self._emulator.settings))

    async def change_settings(self, request: web.Request) -> web.Response:
        data = await read_json(request)
        try:
            steering.change_settings(self._emulator, data)
        except BadInput as error:
            return refusal(str(error))
        return await self.settings(request)

    async def account(self, request: web.Request) -> web.Response:
        return web.json_response(asdict(self._emulator.accounts.first().standing))

    async def change_account(self, request: web.Request) -> web.Response:
        data = await read_json(request)
        try:
            steering.change_standing(self._emulator, data)
        except BadInput as error:
            return refusal(str(error))
        return await self.account(request)

    async def change_token(self, request: web.Request) -> web.Response:
        data = await read_json(request)
        try:
            steering.change_token(self._emulator, data)
        except BadInput as error:
            return refusal(str(error))
        return web.Response(status=204)

    async def optouts(self, request: web.Request) -> web.Response:
        pairs = self._emulator.optouts.pairs()
        return web.json_response({"optouts": [{"from": f, "to": t} for f, t in pairs]})

    async def opt_out(self, request: web.Request) -> web.Response:
        data = await read_json(request)
        names = ("from", "to", "word")
        if not isinstance(data, dict) or not all(isinstance(data.get(n), str) for n in names):
            return refusal("An opt-out has from (the sender), to and word, as texts.")
        if keyword(data["word"]) not in ("STOP", "START"):
            return refusal("word is one of the words for STOP or START.")
        self._emulator.optouts.hear(data["from"], data["to"], data["word"])
        return await self.optouts(request)


async def read_json(request: web.Request) -> object:
    """The JSON in a request; answers 415 or 400 itself where there is none.

    Only with the JSON content type, which a foreign web page cannot send unasked.
    """
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send JSON, with Content-Type: application/json.\n")
    try:
        data: object = await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError, LookupError, RecursionError):
        raise web.HTTPBadRequest(text="This is not JSON.\n") from None
    return data


def refusal(detail: str) -> web.Response:
    return web.json_response({"detail": detail}, status=400)
