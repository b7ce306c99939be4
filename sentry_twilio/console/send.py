"""`sentry-twilio send`: a text message by hand, or from a script."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import click

from sentry_twilio.console import exits, output
from sentry_twilio.console.account import Account, credentials_option, open_account
from sentry_twilio.console.exits import Exit
from sentry_twilio.core import Accepted, Message, Outcome, Refused
from sentry_twilio.core.message import Receipt
from sentry_twilio.twilio import numbers, segments
from sentry_twilio.twilio import parameters as twilio_parameters
from sentry_twilio.twilio.sender import TwilioSender

ASK_EVERY = 1.0
"""Seconds between two questions for a message's status."""
Row = dict[str, Any]


@click.command(short_help="Send a text message.")
@click.option(
    "--to",
    "recipients",
    multiple=True,
    required=True,
    metavar="NUMBER",
    help="Recipient, with the country code. May be repeated.",
)
@click.option(
    "--parameter",
    "-p",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="A further parameter of Twilio's, such as ValidityPeriod=600. May be repeated.",
)
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="SECONDS",
    help="Wait so long for the message to be delivered, or not. Registration shows only then.",
)
@credentials_option
@output.json_option
@click.argument("text")
def send(
    recipients: tuple[str, ...],
    parameters: tuple[str, ...],
    wait: float,
    credentials: Path | None,
    as_json: bool,
    text: str,
) -> None:
    """Send TEXT to one or more phones; a TEXT of - is read from standard input.

    What Twilio refused for being too busy is repeated for a while, what may have been sent is
    not.

    Exit status, the worst of all recipients': 0 accepted (with --wait: delivered), 1 refused,
    2 the command line or the settings are wrong, 4 it may or may not have been sent, 5 not
    sent, but it may work later.
    """
    body = _body(text)
    read = numbers.read_recipients(",".join(recipients))
    if read.leftovers or not read.numbers:
        piece = read.leftovers[0] if read.leftovers else recipients[0]
        raise click.BadParameter(f"{piece!r} is not a valid phone number.", param_hint="--to")
    account = open_account(credentials, needs_sender=True)
    messages = [Message(to, body) for to in read.numbers]
    try:
        with account.client:
            outcomes = account.client.fan_out(messages, **named_values(parameters))
            heard = _follow(account, outcomes, wait)
    except ValueError as exc:
        raise click.UsageError(str(exc)) from None
    except KeyboardInterrupt:
        output.fail("Interrupted: messages may have been sent.", Exit.UNKNOWN)
    receipts = [heard.get(o.sid) if isinstance(o, Accepted) else None for o in outcomes]
    rows = [_row(*one) for one in zip(messages, outcomes, receipts, strict=True)]
    if as_json:
        output.print_json(rows)
    else:
        output.print_table(
            ("TO", "RESULT", "SID", "SEGMENTS", "REASON"),
            [[row[n] for n in ("to", "result", "sid", "segments", "reason")] for row in rows],
        )
    sys.exit(exits.worst(map(_exit, outcomes, receipts)))


def named_values(pairs: tuple[str, ...]) -> dict[str, Any]:
    """`NAME=VALUE` arguments by Twilio's names; one that is given again makes a list."""
    values: dict[str, Any] = {}
    for pair in pairs:
        given, equals, value = pair.partition("=")
        if not equals or not given:
            raise click.BadParameter(f"{given!r} is not NAME=VALUE.")
        name = twilio_parameters.name(given)
        if name not in twilio_parameters.PARAMETERS - {"To", "Body"}:
            raise click.BadParameter(f"There is no parameter {given!r} to be set here.")
        values.setdefault(name, []).append(value)
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def _body(text: str) -> str:
    body = sys.stdin.read() if text == "-" else text
    body = body.strip()
    if not body:
        raise click.UsageError("There is no text to send.")
    if len(body) > segments.MAX_BODY:
        raise click.UsageError(
            f"The text has {len(body)} characters; Twilio takes {segments.MAX_BODY} at most."
        )
    return body


def _follow(account: Account, outcomes: list[Outcome], seconds: float) -> dict[str, Receipt]:
    """The last that was heard of each accepted message within `seconds`, by SID."""
    if not seconds:
        return {}
    accepted = [result for result in outcomes if isinstance(result, Accepted)]
    heard = {
        one.sid: Receipt(one.sid, "accepted", one.status, segments=one.segments) for one in accepted
    }
    sender = TwilioSender(account.client)
    deadline = time.monotonic() + seconds
    try:
        while True:
            for sid, known in heard.items():
                if known.state == "accepted":
                    heard[sid] = sender.status(sid) or known
            left = deadline - time.monotonic()
            if left <= 0 or all(receipt.state != "accepted" for receipt in heard.values()):
                return heard
            time.sleep(min(ASK_EVERY, left))
    except KeyboardInterrupt:
        # Whoever stops waiting still wants to know what was accepted, lest they send it again.
        return heard


def _exit(result: Outcome, receipt: Receipt | None) -> Exit:
    return exits.of_receipt(receipt) if receipt else exits.of_outcome(result)


def _row(message: Message, result: Outcome, receipt: Receipt | None) -> Row:
    row: Row = {"to": message.to, "sid": None, "segments": None, "code": None, "reason": ""}
    if isinstance(result, Accepted):
        row |= {"result": result.status, "sid": result.sid, "segments": result.segments}
    elif isinstance(result, Refused):
        row |= {"result": "refused", "code": result.code, "reason": result.reason}
    else:
        row |= {"result": "unknown", "reason": result.reason}
    if receipt:
        row |= {"result": receipt.status, "code": receipt.code, "reason": receipt.reason}
        row["segments"] = receipt.segments or row["segments"]
    return row
