"""The options of `sentry-twilio emulator` that say which account it knows."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from sentry_twilio.emulator.accounts import (
    ACCOUNT_SID,
    API_KEY_SID,
    DEFAULT_ACCOUNT_SID,
    DEFAULT_AUTH_TOKEN,
    Account,
)
from sentry_twilio.emulator.standing import Standing, read_number

secret_file = click.Path(exists=True, dir_okay=False, path_type=Path)


def _sid(shape: str) -> Callable[[click.Context, click.Parameter, str], str]:
    pattern = {"AC": ACCOUNT_SID, "SK": API_KEY_SID}[shape]

    def check(context: click.Context, parameter: click.Parameter, value: str) -> str:
        if value and not pattern.fullmatch(value):
            raise click.BadParameter(f"it is {shape} and 32 of the characters 0-9 and a-f.")
        return value

    return check


def _numbers(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> list[str]:
    for value in values:
        try:
            read_number(value)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None
    return list(values)


OPTIONS = (
    click.option(
        "--account-sid",
        envvar="TWILIO_ACCOUNT_SID",
        default=DEFAULT_ACCOUNT_SID,
        show_default=True,
        callback=_sid("AC"),
        help="The account that it knows.",
    ),
    click.option("--auth-token-file", type=secret_file, help="File with the account's Auth Token."),
    click.option(
        "--api-key",
        envvar="TWILIO_API_KEY",
        default="",
        callback=_sid("SK"),
        help="SID of an API key.",
    ),
    click.option("--api-secret-file", type=secret_file, help="File with the API key's secret."),
    click.option(
        "--test-credentials", is_flag=True, help="Send only from the magic number +15005550006."
    ),
    click.option("--trial", is_flag=True, help="A trial account: prefix, verified numbers only."),
    click.option("--verified", multiple=True, help="A number that a trial account may send to."),
    click.option(
        "--number",
        "numbers",
        multiple=True,
        callback=_numbers,
        help="A number of the account, as +15005550006 or +14155550000:voice. "
        "Where any is given, other numbers may not send.",
    ),
)


def account_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options, and the `Account` that they make as `account`."""

    @functools.wraps(command)
    def with_account(
        *arguments: Any,
        account_sid: str,
        auth_token_file: Path | None,
        api_key: str,
        api_secret_file: Path | None,
        test_credentials: bool,
        trial: bool,
        verified: tuple[str, ...],
        numbers: list[str],
        **others: Any,
    ) -> None:
        secret = _secret(api_secret_file, "TWILIO_API_SECRET")
        if api_key and not secret:
            raise click.UsageError("An API key needs TWILIO_API_SECRET or --api-secret-file.")
        standing = Standing("Trial" if trial else "Full", verified=list(verified))
        if numbers:
            standing.numbers, standing.other_senders = numbers, False
        account = Account(
            account_sid,
            _secret(auth_token_file, "TWILIO_AUTH_TOKEN") or DEFAULT_AUTH_TOKEN,
            {api_key: secret} if api_key else {},
            test_credentials,
            standing,
        )
        command(*arguments, account=account, **others)

    for option in reversed(OPTIONS):
        with_account = option(with_account)
    return with_account


def _secret(path: Path | None, variable: str) -> str:
    return path.read_text(encoding="utf-8").strip() if path else os.environ.get(variable, "")
