"""What a page shows of an event: plain texts in a known shape."""

from __future__ import annotations

from dataclasses import dataclass

Pairs = tuple[tuple[str, str], ...]
"""Names and their values, in the order in which they came."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of source; `number` is 0 where it is not known."""

    number: int
    text: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """One call. `lineno` is 0 where it is not known."""

    filename: str
    module: str
    function: str
    lineno: int
    in_app: bool
    lines: tuple[Line, ...]
    vars: Pairs


@dataclass(frozen=True, slots=True)
class Raised:
    """One exception; `frames` are in the order of the calls, so the newest is last."""

    type: str
    value: str
    module: str
    handled: bool | None
    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Breadcrumb:
    timestamp: str
    category: str
    level: str
    message: str
    data: Pairs


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    url: str
    query: str
    headers: Pairs
    data: str


@dataclass(frozen=True, slots=True)
class Description:
    """All that a page shows of one event. What the event does not have is empty or None.

    `exceptions` begin with the cause and end with the one that the issue is named for.
    `contexts` are pairs of a name and its pairs.
    """

    title: str
    culprit: str
    level: str
    message: str
    platform: str
    sdk: str
    exceptions: tuple[Raised, ...]
    frames: tuple[Frame, ...]
    tags: Pairs
    request: Request | None
    user: Pairs
    breadcrumbs: tuple[Breadcrumb, ...]
    contexts: tuple[tuple[str, Pairs], ...]
    extra: Pairs
