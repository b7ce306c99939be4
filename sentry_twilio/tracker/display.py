"""An event as a page shows it: plain texts, whatever the SDK sent, and no secrets."""

from __future__ import annotations

from typing import Any

from sentry_twilio.tracker import event, shape
from sentry_twilio.tracker.description import (
    Breadcrumb,
    Description,
    Frame,
    Line,
    Raised,
    Request,
)
from sentry_twilio.tracker.redact import pairs, shown
from sentry_twilio.tracker.shape import Data

LONGEST = 10_000  # characters of a message or of a request's body
MOST_FRAMES = 250
MOST_BREADCRUMBS = 100


def describe(data: Any) -> Description:
    """The description of an `Event.data`. Never raises, whatever JSON it is."""
    data = shape.mapping(data)
    sdk = shape.mapping(data.get("sdk"))
    return Description(
        title=event.title(data)[:500],
        culprit=event.culprit(data)[:300],
        level=event.level(data.get("level")),
        message=shape.message(data)[:LONGEST],
        platform=shape.text(data.get("platform"), 50),
        sdk=f"{shape.text(sdk.get('name'), 80)} {shape.text(sdk.get('version'), 40)}".strip(),
        exceptions=tuple(_raised(exc) for exc in shape.exceptions(data)),
        frames=_frames(data),
        tags=pairs(shape.tags(data)),
        request=_request(data.get("request") or data.get("sentry.interfaces.Http")),
        user=pairs(data.get("user") or data.get("sentry.interfaces.User")),
        breadcrumbs=tuple(
            _breadcrumb(crumb)
            for crumb in shape.values(data.get("breadcrumbs") or [])[-MOST_BREADCRUMBS:]
        ),
        contexts=tuple(
            (name, found)
            for name, context in shape.mapping(data.get("contexts")).items()
            if (found := pairs(context))
        ),
        extra=pairs(data.get("extra")),
    )


def _raised(exc: Data) -> Raised:
    handled = shape.mapping(exc.get("mechanism")).get("handled")
    return Raised(
        type=shape.first_line(exc.get("type"), 200),
        value=shape.text(exc.get("value"), LONGEST),
        module=shape.first_line(exc.get("module"), 200),
        handled=handled if isinstance(handled, bool) else None,
        frames=_frames(exc),
    )


def _frames(holder: Data) -> tuple[Frame, ...]:
    return tuple(_frame(frame) for frame in shape.frames(holder)[-MOST_FRAMES:])


def _frame(frame: Data) -> Frame:
    lineno = _number(frame.get("lineno"))
    return Frame(
        filename=shape.first_line(frame.get("filename") or frame.get("abs_path"), 500),
        module=shape.first_line(frame.get("module"), 200),
        function=shape.first_line(frame.get("function"), 200),
        lineno=lineno,
        in_app=frame.get("in_app") is True,
        lines=_lines(frame, lineno),
        vars=pairs(frame.get("vars")),
    )


def _lines(frame: Data, lineno: int) -> tuple[Line, ...]:
    current = frame.get("context_line")
    if not isinstance(current, str):
        return ()
    before, after = _texts(frame.get("pre_context")), _texts(frame.get("post_context"))
    first = lineno - len(before)
    return tuple(
        Line(first + index if first > 0 else 0, line[:500], index == len(before))
        for index, line in enumerate([*before, current, *after])
    )


def _texts(value: object) -> list[str]:
    return [line for line in value if isinstance(line, str)] if isinstance(value, list) else []


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _request(value: object) -> Request | None:
    request = shape.mapping(value)
    if not request:
        return None
    return Request(
        method=shape.first_line(request.get("method"), 20),
        url=shown(shape.first_line(request.get("url"))),
        query=shown(request.get("query_string")),
        headers=pairs(request.get("headers")),
        data=shown(request.get("data")),
    )


def _breadcrumb(crumb: Data) -> Breadcrumb:
    return Breadcrumb(
        timestamp=shape.text(crumb.get("timestamp"), 40),
        category=shape.first_line(crumb.get("category") or crumb.get("type"), 100),
        level=shape.first_line(crumb.get("level"), 20),
        message=shape.text(crumb.get("message"), 2000),
        data=pairs(crumb.get("data")),
    )
