"""What a command prints: tables for people, JSON for programs."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

import click

from sentry_twilio.console.exits import Exit, explain, of_error
from sentry_twilio.core import ApiError

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")

HIDDEN = "(not shown)"
# As JSON and as XML have it, for answers that are shown as they came.
_AFTER_ITS_NAME = r"(auth_?token\W{1,8})[0-9a-f]{32}"
_TOKEN = re.compile(_AFTER_ITS_NAME, re.IGNORECASE)
_TOKEN_BYTES = re.compile(_AFTER_ITS_NAME.encode(), re.IGNORECASE)
_LINE_BREAKS = re.compile(r"[\r\n\v\f\x85\u2028\u2029]+")


def print_json(value: Any) -> None:
    # ASCII: what a stranger wrote in a message must not steer a terminal.
    click.echo(json.dumps(value, indent=2, default=str))


def print_table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns as wide as their widest cell; the last one as it comes."""
    cells = [[plain(value) for value in row] for row in rows]
    widths = [max(len(row[i]) for row in [list(heads), *cells]) for i in range(len(heads) - 1)]
    for row in [list(heads), *cells]:
        columns = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        click.echo("  ".join([*columns, row[-1]]).rstrip())


def print_pairs(pairs: Iterable[tuple[str, object]]) -> None:
    """A name and a value a line."""
    shown = [(name, plain(value)) for name, value in pairs]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        click.echo(f"{name.ljust(width)}  {value}".rstrip())


def plain(value: object) -> str:
    """One line, without what would steer a terminal or turn the reading direction."""
    line = "" if value is None else _LINE_BREAKS.sub(" ⏎ ", str(value).strip())
    return "".join(character for character in line if character.isprintable())


def without_tokens(value: Any) -> Any:
    """Twilio puts an account's Auth Token into the account: nobody asked to see that."""
    if isinstance(value, Mapping):
        return {
            name: HIDDEN if str(name).endswith("auth_token") else without_tokens(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [without_tokens(item) for item in value]
    if isinstance(value, str):
        return _TOKEN.sub(rf"\g<1>{HIDDEN}", value)
    if isinstance(value, bytes):
        return _TOKEN_BYTES.sub(rb"\g<1>" + HIDDEN.encode(), value)
    return value


def fail(message: str, code: Exit) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    sys.exit(code)


def fail_with(error: ApiError, changes_something: bool = False) -> NoReturn:
    """End because of what Twilio answered, or did not answer."""
    code = of_error(error, changes_something)
    unknown = " It may have been done all the same: look before you repeat it."
    fail(plain(explain(error)) + (unknown if code is Exit.UNKNOWN else ""), code)
