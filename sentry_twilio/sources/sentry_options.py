"""What Sentry's own Twilio plugin stored: the project options `twilio:*`.

From its tables `sentry_projectoptions` and `sentry_project`, from the JSON of `sentry export`, or
from a list of rows. Values are JSON; very old ones are pickles, which are looked at and never
loaded, since a pickle can run whatever it likes.
"""

from __future__ import annotations

import base64
import binascii
import json
import pickletools
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sentry_twilio.tracker import shape

PREFIX = "twilio:"
QUERY = (
    "SELECT p.id, p.name, p.slug, o.key, o.value FROM sentry_projectoptions o "
    "JOIN sentry_project p ON p.id = o.project_id WHERE o.key LIKE 'twilio:%' ORDER BY p.id"
)

_TRUTHS = {"NEWTRUE": True, "NEWFALSE": False}


class CannotRead(Exception):
    """Not what Sentry stores; the text is for a person."""


@dataclass(slots=True)
class Found:
    """A project of Sentry, and the plugin's options in it."""

    name: str
    slug: str
    options: dict[str, str] = field(default_factory=dict)


def from_database(url: str) -> list[Found]:
    """Read the tables of a Sentry database on PostgreSQL; nothing is written there.

    Raises `CannotRead`, without the URL, which holds a password.
    """
    try:
        import psycopg
    except ModuleNotFoundError as exc:
        raise CannotRead(
            "This needs psycopg: pip install 'sentry-twilio-sms[host,postgres]'"
        ) from exc
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            connection.read_only = True
            rows = connection.execute(QUERY).fetchall()
    except psycopg.Error as exc:
        reason = type(exc).__name__
        raise CannotRead(
            f"Sentry's database could not be read ({reason}). Is the URL right, does its user see "
            "the tables sentry_projectoptions and sentry_project, and is it reachable from here?"
        ) from None
    return _grouped(rows)


def from_json(text: str) -> list[Found]:
    """Read an exported file; raises `CannotRead`.

    A blank one has no rows: `json_agg` makes nothing of nothing.
    """
    if not text.strip():
        return []
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise CannotRead("The file is not valid JSON.") from None
    if not isinstance(content, list) or not all(isinstance(row, dict) for row in content):
        raise CannotRead(
            "The file is no JSON list of objects. Give it what `sentry export` wrote, or a list of "
            'objects with "project", "slug", "key" and "value"; “Sentry 26.7 and newer” in the '
            "documentation has the command that makes one."
        )
    if any("model" in row for row in content):
        return _grouped(_exported(content))
    return _grouped(
        (row.get("id"), row.get("project"), row.get("slug"), row.get("key"), row.get("value"))
        for row in content
    )


def _exported(content: list[dict[str, Any]]) -> Iterable[tuple[Any, ...]]:
    """Rows of `sentry export`, which are Django's: a model, a key and fields."""
    projects = {
        row.get("pk"): shape.mapping(row.get("fields"))
        for row in content
        if row.get("model") == "sentry.project"
    }
    for row in content:
        if row.get("model") == "sentry.projectoption":
            fields = shape.mapping(row.get("fields"))
            project = projects.get(fields.get("project"), {})
            yield (
                fields.get("project"),
                project.get("name"),
                project.get("slug"),
                fields.get("key"),
                fields.get("value"),
            )


def _grouped(rows: Iterable[tuple[Any, ...]]) -> list[Found]:
    """One `Found` for each of Sentry's projects, which their ids tell apart: a slug is unique in
    its organisation only. Raises `CannotRead` where rows without ids are of several projects."""
    found: dict[Hashable, Found] = {}
    seen: set[Hashable] = set()
    for key_of_project, name, slug, key, value in rows:
        option = shape.text(key)
        if not option.startswith(PREFIX):
            continue
        number, short = shape.text(key_of_project), shape.text(slug, 80)
        title = shape.first_line(name, 80) or f"Project {short or number}"
        own = number or (title, short)
        if (own, option) in seen:
            raise CannotRead(
                f"{option} is there twice for {title}: two organisations have such a project, and "
                "their options cannot be told apart. Export them with each project's id, as "
                "docs/sentry-integration.md shows."
            )
        seen.add((own, option))
        project = found.setdefault(own, Found(title, short))
        if text := read_value(value):
            project.options[option.removeprefix(PREFIX)] = text
    return list(found.values())


def read_value(value: object) -> str:
    """A stored value as text, whichever way Sentry wrote it; a list with commas."""
    if isinstance(value, str):
        text = value
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            pickled = _of_pickle(text)
            value = text if pickled is None else pickled
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list):
        return ",".join(filter(None, map(shape.text, value)))
    return shape.text(value)


def _of_pickle(text: str) -> str | bool | None:
    """What is in a pickle of a single text or truth, without running it; None for all else."""
    try:
        raw = base64.b64decode(text, validate=True)
        found = [
            _TRUTHS.get(op.name, arg)
            for op, arg, _ in pickletools.genops(raw)
            if "UNICODE" in op.name or op.name in _TRUTHS
        ]
    except (binascii.Error, ValueError, TypeError, IndexError, EOFError):
        return None
    return found[0] if len(found) == 1 else None
