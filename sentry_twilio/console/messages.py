"""`sentry-twilio messages`: what the account has sent and received."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

import click

from sentry_twilio.console import output
from sentry_twilio.console.account import credentials_option, open_account
from sentry_twilio.console.exits import Exit
from sentry_twilio.core import ApiError
from sentry_twilio.twilio import codes

DAY = click.DateTime(["%Y-%m-%d"])
DEFAULT_LIMIT = 20
SHOWN_OF_BODY = 80
"""Characters of a text that a row of the list has room for."""
_COLUMNS = ("sid", "date_created", "status", "from", "to", "error_code")


@click.group(short_help="List, show and cancel messages of the account.")
def messages() -> None:
    """Messages of the account, sent and received.

    Exit status: 0 done, 1 Twilio refused or does not know the message, 2 the command line or
    the settings are wrong, 4 it may or may not have been canceled, 5 Twilio could not be asked.
    """


@messages.command("list")
@click.option("--to", default="", metavar="NUMBER", help="Only those to this number.")
@click.option("--from", "from_", default="", metavar="SENDER", help="Only those from this sender.")
@click.option("--on", type=DAY, help="Only those sent on this day (GMT).")
@click.option("--since", type=DAY, help="Only those sent on this day (GMT) or later.")
@click.option("--until", type=DAY, help="Only those sent on this day (GMT) or earlier.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=DEFAULT_LIMIT,
    show_default=True,
    help="How many at most.",
)
@credentials_option
@output.json_option
def list_(
    to: str,
    from_: str,
    on: datetime | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    credentials: Path | None,
    as_json: bool,
) -> None:
    """The account's messages, the newest first.

    Twilio's list can lag behind by minutes, so that a message is not in it is no proof.
    """
    account = open_account(credentials)
    try:
        with account.client:
            rows = list(
                account.client.list_messages(
                    to,
                    from_,
                    date_sent=_day(on),
                    date_sent_after=_day(since),
                    date_sent_before=_day(until),
                    page_size=min(limit, 1000),
                    limit=limit,
                )
            )
    except ApiError as error:
        output.fail_with(error)
    if as_json:
        output.print_json(rows)
        return
    output.print_table(
        ("SID", "CREATED", "STATUS", "FROM", "TO", "ERROR", "BODY"),
        [[*(row.get(name) for name in _COLUMNS), _begins(row.get("body"))] for row in rows],
    )
    if len(rows) == limit:
        click.echo(f"There may be more: these are the newest {limit} (--limit).", err=True)


@messages.command()
@click.argument("sid")
@credentials_option
@output.json_option
def get(sid: str, credentials: Path | None, as_json: bool) -> None:
    """Everything that Twilio says of the message SID."""
    account = open_account(credentials)
    try:
        with account.client:
            found = account.client.get_message(sid)
    except ApiError as error:
        _fail(sid, error, changes_something=False)
    _show(found, as_json)


@messages.command()
@click.argument("sid")
@credentials_option
@output.json_option
def cancel(sid: str, credentials: Path | None, as_json: bool) -> None:
    """Cancel the message SID, which must be scheduled or still waiting at Twilio."""
    account = open_account(credentials)
    try:
        with account.client:
            found = account.client.cancel_message(sid)
    except ApiError as error:
        _fail(sid, error, changes_something=True)
    _show(found, as_json)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _begins(body: object) -> str:
    text = str(body or "")
    return text if len(text) <= SHOWN_OF_BODY else text[: SHOWN_OF_BODY - 3] + "..."


def _show(message: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        output.print_json(message)
        return
    output.print_pairs(
        (name, value) for name, value in message.items() if not isinstance(value, (dict, list))
    )
    known = codes.find(message.get("error_code"))
    if known:
        click.echo(f"\n{known.explanation}\n{known.page}")


def _fail(sid: str, error: ApiError, changes_something: bool) -> NoReturn:
    if error.status == 404:
        output.fail(f"This account has no message {output.plain(sid)}.", Exit.REFUSED)
    output.fail_with(error, changes_something)
