"""The phone in the browser: its page, what is on it, and what it writes back."""

from __future__ import annotations

import asyncio
import json
from importlib.resources import files
from itertools import islice
from typing import Any

from aiohttp import web

from sentry_twilio.emulator import resources
from sentry_twilio.emulator.control import read_json, refusal
from sentry_twilio.emulator.emulator import Emulator
from sentry_twilio.emulator.messages import Message

STATIC = files("sentry_twilio.emulator") / "static"
CONTENT_TYPES = {
    "phone.css": "text/css",
    "phone.js": "text/javascript",
    "links.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
# A phone shows the latest; the whole past would only be slow to draw.
SHOWN_MESSAGES = 500
MOST_WAITING = 5000
LONGEST_REPLY = 1600
KEEP_ALIVE_SECONDS = 20.0
HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def add_routes(app: web.Application, emulator: Emulator) -> None:
    phone = Phone(emulator)
    app.add_routes(
        [
            web.get("/", phone.page),
            web.get("/phone/events", phone.events),
            web.post("/phone/reply", phone.reply),
            web.get("/phone/{name}", phone.file),
        ]
    )
    app.on_shutdown.append(phone.end_streams)


class Phone:
    """A handler per path."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._streams: set[asyncio.Queue[dict[str, Any] | None]] = set()

    async def page(self, request: web.Request) -> web.Response:
        return _file("index.html", "text/html")

    async def file(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in CONTENT_TYPES:
            raise web.HTTPNotFound
        return _file(name, CONTENT_TYPES[name])

    async def reply(self, request: web.Request) -> web.Response:
        """A person answers on the phone: JSON with from (the phone), to (the sender), body."""
        data = await read_json(request)
        if not isinstance(data, dict):
            return refusal("A reply is a JSON object.")
        parts = [data.get(name) for name in ("from", "to", "body")]
        phone, number, body = (part.strip() if isinstance(part, str) else "" for part in parts)
        if not (phone and number and body) or len(body) > LONGEST_REPLY:
            return refusal(f"A reply has from, to and body, of {LONGEST_REPLY} characters at most.")
        account = self._emulator.accounts.get(str(data.get("account_sid", "")))
        message = await self._emulator.inbound.receive(
            account or self._emulator.accounts.first(), phone, number, body
        )
        return web.json_response(resources.state(message), status=201)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: `all` with what there is, then a `message` with each change."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

        def push(message: Message | None) -> None:
            if queue.qsize() < MOST_WAITING:
                queue.put_nowait(self._snapshot() if message is None else _one(message))
            else:
                # A page that stopped reading; it connects again when it wakes up.
                stop()
                queue.put_nowait(None)

        # Listening begins with the snapshot, in one turn of the loop: nothing falls between.
        stop = self._emulator.store.listen(push)
        self._streams.add(queue)
        queue.put_nowait(self._snapshot())
        try:
            await self._stream(response, queue)
        except ConnectionError:
            # The page was closed, which is how every stream ends.
            return response
        finally:
            stop()
            self._streams.discard(queue)
        return response

    async def end_streams(self, app: web.Application) -> None:
        """Let every open stream end, so that the server can."""
        for queue in self._streams:
            queue.put_nowait(None)

    async def _stream(
        self, response: web.StreamResponse, queue: asyncio.Queue[dict[str, Any] | None]
    ) -> None:
        while True:
            try:
                event = await asyncio.wait_for(queue.get(), KEEP_ALIVE_SECONDS)
            except TimeoutError:
                await response.write(b": still here\n\n")
                continue
            if event is None:
                return
            data = json.dumps(event["data"])
            await response.write(f"event: {event['event']}\ndata: {data}\n\n".encode())

    def _snapshot(self) -> dict[str, Any]:
        newest = list(islice(self._emulator.store.newest_first(), SHOWN_MESSAGES))
        return {"event": "all", "data": [_row(message) for message in reversed(newest)]}


def _one(message: Message) -> dict[str, Any]:
    return {"event": "message", "data": _row(message)}


def _row(message: Message) -> dict[str, Any]:
    row = resources.state(message)
    # Unlike updated_at, this stays when a message is redacted later.
    row["arrived_at"] = message.history[-1][1].isoformat()
    # The callbacks' URLs and answers are nobody's business on a phone.
    for name in ("callbacks", "history"):
        del row[name]
    return row


def _file(name: str, content_type: str) -> web.Response:
    text = (STATIC / name).read_text(encoding="utf-8")
    return web.Response(text=text, content_type=content_type, charset="utf-8", headers=HEADERS)
