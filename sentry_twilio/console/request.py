"""`sentry-twilio request`: any other request to Twilio's API, with the account's credentials."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from sentry_twilio.console.account import credentials_option, open_account
from sentry_twilio.console.output import (
    fail_with,
    json_option,
    print_json,
    print_pairs,
    without_tokens,
)
from sentry_twilio.core import ApiError, ApiResponse
from sentry_twilio.twilio.raw import ResponseType

_CHANGES_NOTHING = frozenset({"GET", "HEAD", "OPTIONS"})


@click.command(short_help="Make any other request to Twilio's API.")
@click.option("--form", multiple=True, metavar="NAME=VALUE", help="A form field. May be repeated.")
@click.option("--file", "files", multiple=True, metavar="NAME=PATH", help="A file in the form.")
@click.option("--data", metavar="JSON", help="A body, instead of a form. @PATH reads a file.")
@click.option("--query", multiple=True, metavar="NAME=VALUE", help="A query parameter.")
@click.option("--header", "headers", multiple=True, metavar="NAME:VALUE", help="A header.")
@click.option(
    "--response",
    "response_type",
    type=click.Choice(["json", "text", "binary"]),
    default="json",
    show_default=True,
    help="How the answer is read.",
)
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Save it.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS")
@click.option("--max-retries", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--retry-delay", type=click.IntRange(min=0), default=1000, show_default=True, metavar="MS"
)
@click.option("--exponential-backoff", is_flag=True, help="Double the delay each time.")
@click.option(
    "--retry-on-all-errors",
    is_flag=True,
    help="Repeat also what may have been done already, such as a POST: it may be done twice.",
)
@credentials_option
@json_option
@click.argument("method")
@click.argument("path")
def request(
    method: str,
    path: str,
    form: tuple[str, ...],
    files: tuple[str, ...],
    data: str | None,
    query: tuple[str, ...],
    headers: tuple[str, ...],
    response_type: ResponseType,
    output: Path | None,
    timeout: float | None,
    max_retries: int,
    retry_delay: int,
    exponential_backoff: bool,
    retry_on_all_errors: bool,
    credentials: Path | None,
    as_json: bool,
) -> None:
    """Make a request to PATH, relative to /2010-04-01, and print the answer.

    {AccountSid} in PATH becomes the account's. The request never leaves the configured host.
    Auth Tokens in the answer are not shown.

    Exit status: 0 answered below 300, 1 refused, 2 the command line or the settings are wrong,
    4 it may or may not have been done, 5 not done, but it may work later.
    """
    account = open_account(credentials)
    try:
        with account.client:
            response = account.client.raw_request(
                path.replace("{AccountSid}", account.client.account_sid),
                method,
                data=_json(data),
                form_data=list(_pairs(form, "=", "--form")) or None,
                file_data=[_file(*pair) for pair in _pairs(files, "=", "--file")] or None,
                query_params=list(_pairs(query, "=", "--query")) or None,
                headers=dict(_pairs(headers, ":", "--header")) or None,
                response_type=response_type,
                timeout=timeout,
                max_retries=max_retries,
                retry_delay_ms=retry_delay,
                retry_on_all_errors=retry_on_all_errors,
                exponential_backoff=exponential_backoff,
            )
    except ValueError as exc:
        raise click.UsageError(str(exc)) from None
    except ApiError as error:
        fail_with(error, changes_something=method.upper() not in _CHANGES_NOTHING)
    _show(response, output, as_json)


def _pairs(given: Iterable[str], separator: str, option: str) -> Iterator[tuple[str, str]]:
    for pair in given:
        name, found, value = pair.partition(separator)
        if not found or not name.strip():
            raise click.BadParameter(f"Write NAME{separator}VALUE.", param_hint=option)
        yield name.strip(), value.strip()


def _file(name: str, path: str) -> tuple[str, tuple[str, bytes]]:
    return name, (Path(path).name, _bytes(path))


def _json(data: str | None) -> Any:
    if data is None:
        return None
    text = _bytes(data[1:]) if data.startswith("@") else data
    try:
        return json.loads(text)
    except ValueError:
        raise click.BadParameter("It is not JSON.", param_hint="--data") from None


def _bytes(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as exc:
        raise click.UsageError(f"{path} cannot be read: {exc.strerror}.") from None


def _show(response: ApiResponse, file: Path | None, as_json: bool) -> None:
    body = without_tokens(response.body)
    if body is None:
        click.echo(f"Done: HTTP status {response.status}, without content.", err=True)
    elif file is not None:
        _save(body, file)
    elif isinstance(body, (bytes, str)):
        click.echo(body, nl=False)
    elif as_json:
        print_json(body)
    else:
        _print(body)


def _save(body: Any, file: Path) -> None:
    if not isinstance(body, (bytes, str)):
        body = json.dumps(body, indent=2) + "\n"
    try:
        file.write_bytes(body if isinstance(body, bytes) else body.encode())
    except OSError as exc:
        raise click.UsageError(
            f"It was done, but the answer cannot be saved in {file}: {exc.strerror}."
        ) from None


def _print(body: dict[str, Any] | list[Any]) -> None:
    """A resource's fields, or those of each resource in a list."""
    rows = body if isinstance(body, list) else _rows(body)
    for index, row in enumerate(rows):
        if index:
            click.echo()
        fields = row if isinstance(row, dict) else {"": row}
        print_pairs(
            (name, json.dumps(value) if isinstance(value, (dict, list)) else value)
            for name, value in fields.items()
        )


def _rows(body: dict[str, Any]) -> list[Any]:
    """What a page of Twilio's lists holds: its one field that is a list. Else the body itself."""
    lists = [value for value in body.values() if isinstance(value, list)]
    return lists[0] if "page_size" in body and len(lists) == 1 else [body]
