"""Requests of real SDKs, and how to make one's own."""

from __future__ import annotations

import gzip
import json
import uuid
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import brotli
from django.http import HttpResponse
from django.test import Client

FOLDER = Path(__file__).parent.parent / "data" / "envelopes"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
KEY = "a1b2c3d4e5f60718293a4b5c6d7e8f90"

_DECODE = {"gzip": gzip.decompress, "br": brotli.decompress, "deflate": zlib.decompress}


@dataclass(frozen=True)
class Capture:
    """One request as it came over the wire; the project in its path is 1."""

    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    def event(self) -> dict[str, Any]:
        """The event in it."""
        decode = _DECODE.get(self.headers.get("Content-Encoding", ""), bytes)
        body = decode(self.body)
        if self.path.endswith("/store/"):
            return json.loads(body)
        lines = body.split(b"\n")
        return json.loads(lines[[b'"event"' in line for line in lines[1:]].index(True) + 2])

    def post(self, client: Client, project_id: int) -> HttpResponse:
        """Send it anew, to another project."""
        return client.generic(
            "POST",
            f"/api/{project_id}/{self.path.split('/')[3]}/?{self.query}",
            self.body,
            content_type=self.headers.get("Content-Type", ""),
            headers={k: v for k, v in self.headers.items() if k in _SENT},
        )


_SENT = ("Content-Encoding", "X-Sentry-Auth", "User-Agent", "Origin")


def load(name: str) -> Capture:
    values = json.loads((FOLDER / f"{name}.json").read_text())
    return Capture(
        path=values["path"],
        query=values["query"],
        headers=dict(values["headers"]),
        body=(FOLDER / values["body_file"]).read_bytes(),
    )


def error(message: str = "boom", **values: Any) -> dict[str, Any]:
    """An event with one exception. Messages that differ make different issues."""
    return {
        "event_id": uuid.uuid4().hex,
        "exception": {"values": [{"type": "ValueError", "value": message}]},
        **values,
    }


def envelope(event: Any, header: dict[str, Any] | None = None) -> bytes:
    lines = (header or {}, {"type": "event"}, event)
    return b"\n".join(json.dumps(line).encode() for line in lines) + b"\n"


def send(client: Client, project_id: int, body: bytes | dict[str, Any], **headers: str) -> Any:
    """POST an envelope; a dictionary is an event."""
    return client.generic(
        "POST",
        f"/api/{project_id}/envelope/",
        envelope(body) if isinstance(body, dict) else body,
        headers={"X-Sentry-Auth": f"Sentry sentry_key={KEY}, sentry_version=7"} | headers,
    )
