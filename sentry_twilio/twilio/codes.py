"""Twilio's error codes, explained to whoever has to mend what they stand for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import get_args

from sentry_twilio.core import Kind


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One code. `meaning` and `next_step` are a sentence each, for people."""

    code: int
    kind: Kind
    meaning: str
    next_step: str

    @property
    def page(self) -> str:
        """Twilio's own page about it."""
        return page(self.code)

    @property
    def explanation(self) -> str:
        return f"{self.meaning} {self.next_step} (Twilio error {self.code})"


def page(code: int) -> str:
    return f"https://www.twilio.com/docs/api/errors/{code}"


@cache
def all_codes() -> dict[int, ErrorCode]:
    """The codes that an alert can meet, by number (`error_codes.json`)."""
    text = files(__package__).joinpath("error_codes.json").read_text("utf-8")
    codes = [ErrorCode(**row) for row in json.loads(text)["codes"]]
    kinds = get_args(Kind)
    wrong = [row.code for row in codes if row.kind not in kinds]
    if wrong:
        raise ValueError(f"error_codes.json: unknown kind for {wrong}")
    return {row.code: row for row in codes}


def find(code: int | None) -> ErrorCode | None:
    """The explanation of a code, where we have one."""
    return all_codes().get(code) if code is not None else None
