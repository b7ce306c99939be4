"""What belongs to a message: its pictures, and the sender's feedback about its arrival."""

from __future__ import annotations

import hashlib
import mimetypes
from typing import Any
from urllib.parse import urlsplit

from sentry_twilio.emulator import resources
from sentry_twilio.emulator.call import Answer, Call
from sentry_twilio.emulator.messages import Message, now
from sentry_twilio.emulator.paging import page_of
from sentry_twilio.emulator.problems import Problem

OUTCOMES = ("confirmed", "unconfirmed")


def media_list(call: Call) -> Answer | Problem:
    message = call.message()
    if isinstance(message, Problem):
        return message
    page = page_of(f"{_uri(message)}/Media.json", call.query, "media_list", _media(message))
    return page if isinstance(page, Problem) else Answer(200, page)


def media(call: Call) -> Answer | Problem:
    found = _find(call)
    return found if isinstance(found, Problem) else Answer(200, found[1])


def delete_media(call: Call) -> Answer | Problem:
    found = _find(call)
    if isinstance(found, Problem):
        return found
    message, picture = found
    message.media = tuple(u for u in message.media if _sid(message, u) != picture["sid"])
    return Answer(204)


def feedback(call: Call) -> Answer | Problem:
    """Whether the message's reader did what it asked for; "confirmed" by default."""
    message = call.message()
    if isinstance(message, Problem):
        return message
    outcome = call.form.get("Outcome") or "confirmed"
    if outcome not in OUTCOMES:
        return Problem(20001, f"Outcome is one of {', '.join(OUTCOMES)}")
    given = resources.rfc2822(now())
    return Answer(
        201,
        {
            "account_sid": message.account_sid,
            "date_created": given,
            "date_updated": given,
            "message_sid": message.sid,
            "outcome": outcome,
            "uri": f"{_uri(message)}/Feedback.json",
        },
    )


def _find(call: Call) -> tuple[Message, dict[str, Any]] | Problem:
    message = call.message()
    if isinstance(message, Problem):
        return message
    for picture in _media(message):
        if picture["sid"] == call.part:
            return message, picture
    return Problem(20404, f"Media/{call.part}")


def _media(message: Message) -> list[dict[str, Any]]:
    created = resources.rfc2822(message.created_at)
    return [
        {
            "account_sid": message.account_sid,
            "content_type": mimetypes.guess_type(urlsplit(url).path)[0] or "image/jpeg",
            "date_created": created,
            "date_updated": created,
            "parent_sid": message.sid,
            "sid": _sid(message, url),
            "uri": f"{_uri(message)}/Media/{_sid(message, url)}.json",
        }
        for url in message.media
    ]


def _sid(message: Message, url: str) -> str:
    # Nothing else is kept of a picture, so its id is made of what is.
    name = f"{message.sid} {url}".encode()
    return "ME" + hashlib.md5(name, usedforsecurity=False).hexdigest()


def _uri(message: Message) -> str:
    return f"{resources.account_uri(message.account_sid)}/Messages/{message.sid}"
