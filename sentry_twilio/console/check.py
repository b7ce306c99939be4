"""`sentry-twilio check`: will messages go out? Nothing is sent."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from sentry_twilio.console import output
from sentry_twilio.console.account import Account, credentials_option, open_account
from sentry_twilio.console.exits import Exit
from sentry_twilio.core import ApiError
from sentry_twilio.twilio import check as checks
from sentry_twilio.twilio import numbers
from sentry_twilio.twilio.check import Report


@click.command(short_help="Ask Twilio about the credentials and the sender; send nothing.")
@click.option(
    "--to",
    "recipients",
    multiple=True,
    envvar="TWILIO_TO",
    metavar="NUMBER",
    help="Recipients to think of, as their country decides much. May be repeated. [TWILIO_TO]",
)
@click.option(
    "--public-url",
    envvar="PUBLIC_URL",
    default="",
    metavar="URL",
    help="Where links in texts will point to. [PUBLIC_URL]",
)
@click.option("--strict", is_flag=True, help="Exit with 1 for any warning.")
@credentials_option
@output.json_option
def check(
    recipients: tuple[str, ...],
    public_url: str,
    strict: bool,
    credentials: Path | None,
    as_json: bool,
) -> None:
    """Ask Twilio about the credentials and the sender. Sends nothing.

    Prints the account, its balance, whether it owns the sender, and what Twilio or a carrier
    will refuse later, each with what to do about it.

    Exit status: 0 messages can go out, 1 they certainly cannot (or, with --strict, there are
    warnings), 2 the settings are wrong, 5 Twilio could not be asked.
    """
    account = open_account(credentials, needs_sender=True)
    read = numbers.read_recipients(",".join(recipients))
    if read.leftovers:
        raise click.BadParameter(f"{read.leftovers[0]} is not a valid phone number.")
    link = {"sms_link": "1"} if public_url else {}
    options = {**account.options, **link, "sms_to": ",".join(read.numbers)}
    try:
        with account.client:
            report = checks.run(account.client, options, public_url)
    except ApiError as error:
        output.fail_with(error)
    if as_json:
        output.print_json(_as_json(account, report))
    else:
        _print(account, report)
    sys.exit(Exit.OK if report.is_good and not (strict and report.warnings) else Exit.REFUSED)


def _as_json(account: Account, report: Report) -> dict[str, Any]:
    return {
        "good": report.is_good,
        "account": _chosen(report.account, "sid", "friendly_name", "status", "type"),
        "balance": _chosen(report.balance, "balance", "currency"),
        "sender": account.sender,
        "number": _chosen(report.number, "sid", "phone_number", "capabilities"),
        "warnings": [
            {
                "id": warning.id,
                "code": warning.code,
                "blocks": warning.blocks,
                "sentence": warning.sentence,
                "next_step": warning.next_step,
                "page": warning.page,
            }
            for warning in report.warnings
        ],
        "notes": list(report.notes),
    }


def _chosen(resource: Any, *names: str) -> dict[str, Any] | None:
    return None if resource is None else {name: resource.get(name) for name in names if resource}


def _print(account: Account, report: Report) -> None:
    output.print_pairs(_facts(account, report))
    for note in report.notes:
        click.echo(f"\nNote: {note}")
    for warning in report.warnings:
        click.echo(f"\n{'REFUSED' if warning.blocks else 'Warning'}: {warning.sentence}")
        click.echo(f"  {warning.next_step}")
        if warning.page:
            click.echo(f"  Twilio error {warning.code}: {warning.page}")
    if not report.warnings:
        click.echo("\nNothing speaks against it. Only a delivered message proves it.")


def _facts(account: Account, report: Report) -> Iterator[tuple[str, object]]:
    found = report.account
    yield "Account", account.client.account_sid
    if found is not None:
        yield "", f"{found.get('friendly_name', '')} ({found.get('type')}, {found.get('status')})"
    yield "Credentials", account.options.get("api_key") or "Auth Token"
    if report.balance is not None:
        yield "Balance", f"{report.balance.get('balance')} {report.balance.get('currency', '')}"
    yield "Sender", account.sender
    if report.number:
        able = report.number.get("capabilities") or {}
        yield "", "can send: " + (", ".join(n for n, yes in able.items() if yes) or "nothing")
