"""The log's lines, as text or as JSON, without anybody's phone number."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from sentry_twilio.sources.masking import mask_keys
from sentry_twilio.twilio.numbers import mask

FIELDS = ("delivery", "project", "attempt", "outcome", "code", "seconds")
"""What a line may say beside its message, where whoever logs it passes it as `extra`."""

# E.164 and the ways to write it, in a URL too; and what stands there without its plus.
# https://www.twilio.com/docs/glossary/what-e164
_NUMBER = re.compile(
    r"(?:\+|%2B)[1-9](?:[ .()-]{0,2}[0-9]){6,14}(?![0-9])"
    r"|(?<=To=)[0-9]{7,15}|(?<=From=)[0-9]{7,15}",
    re.IGNORECASE,
)


def mask_text(text: str) -> str:
    """`text` with the middle of each phone number hidden, as in `+1415•••••44`, and the keys in
    the addresses of sources."""
    return mask_keys(_NUMBER.sub(_mask, text))


def _mask(found: re.Match[str]) -> str:
    text = found[0].upper().removeprefix("%2B")
    return mask("+" + re.sub(r"[^0-9]", "", text))


def mask_all(value: Any) -> Any:
    """A copy of what JSON can hold, with the numbers in its texts hidden."""
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, dict):
        return {key: mask_all(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [mask_all(item) for item in value]
    return value


class ExpectedAnswers(logging.Filter):
    """Lets through what Django says of requests, but not each 503 of what is asked every few
    seconds: whoever asked has been told, and an error report for each would be a flood."""

    def filter(self, record: logging.LogRecord) -> bool:
        path = getattr(getattr(record, "request", None), "path", "")
        return getattr(record, "status_code", None) != 503 or path not in ("/healthz", "/metrics")


class TextFormatter(logging.Formatter):
    """Lines for people. What is masked is the whole line: message, arguments, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return mask_text(super().format(record))


class JsonFormatter(logging.Formatter):
    """An object a line, for what collects logs. `time` is UTC."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = self.formatStack(record.stack_info)
        return json.dumps(mask_all(line), ensure_ascii=False, default=str)
