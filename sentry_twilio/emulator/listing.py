"""The list of messages: filters, pages and Twilio's envelope around a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any

from sentry_twilio.emulator import resources
from sentry_twilio.emulator.addresses import normalise
from sentry_twilio.emulator.effects import ListTrouble
from sentry_twilio.emulator.messages import Message, MessageStore, now
from sentry_twilio.emulator.paging import envelope, wanted
from sentry_twilio.emulator.problems import Problem

Keep = Callable[[Message], bool]


@dataclass(frozen=True, slots=True)
class _Span:
    """From `start` until before `end`, UTC: a day, or a second."""

    start: datetime
    end: datetime


# Filter by date: what a span and the time of sending have to do with each other.
DATE_FILTERS: dict[str, Callable[[datetime, _Span], bool]] = {
    "DateSent": lambda sent, span: span.start <= sent < span.end,
    "DateSent<": lambda sent, span: sent < span.end,
    "DateSent>": lambda sent, span: sent >= span.start,
}


def page(
    store: MessageStore, account_sid: str, query: dict[str, str], trouble: ListTrouble
) -> dict[str, Any] | Problem:
    """One page of an account's messages, newest first, as Twilio's JSON."""
    page = wanted(query)
    if isinstance(page, Problem):
        return page
    filters = _filters(query, trouble)
    if isinstance(filters, Problem):
        return filters
    found = _kept(store.newest_first(account_sid, normalise(query.get("To", ""))), filters)
    rows = list(islice(_after(found, page.token, page.start), page.size + 1))
    shown = rows[: page.size]
    return envelope(
        f"{resources.account_uri(account_sid)}/Messages.json",
        page,
        "messages",
        [_row(message, trouble) for message in shown],
        f"PA{shown[-1].sid}" if len(rows) > page.size else "",
    )


def _row(message: Message, trouble: ListTrouble) -> dict[str, Any]:
    row = resources.message(message)
    if trouble.hide_date_sent:
        row["date_sent"] = None
    if trouble.redact:
        row["body"] = ""
    if trouble.mask:
        row["to"] = _masked(message.to)
    return row


def _masked(address: str) -> str:
    # As a message looks that was sent with AddressRetention=obfuscate.
    return address[:-4] + "XXXX"


def _after(found: Iterator[Message], token: str, offset: int) -> Iterator[Message]:
    # A token names the last row of the page before, so that new rows do not shift the pages.
    if not token:
        return islice(found, offset, None)
    last = token.removeprefix("PA")
    for message in found:
        if message.sid == last:
            break
    return found


def _kept(messages: Iterable[Message], filters: list[Keep]) -> Iterator[Message]:
    return (message for message in messages if all(keep(message) for keep in filters))


def _filters(query: dict[str, str], trouble: ListTrouble) -> list[Keep] | Problem:
    filters: list[Keep] = []
    if sender := normalise(query.get("From", "")):
        filters.append(lambda message: message.sender == sender)
    if trouble.lag:
        newest = now() - timedelta(seconds=trouble.lag)
        filters.append(lambda message: message.created_at <= newest)
    for name, compare in DATE_FILTERS.items():
        if not (text := query.get(name, "")):
            continue
        span = _span(text, trouble.whole_days)
        if span is None:
            return Problem(20001, f"{name} is not a date", status=400)
        filters.append(_sent_within(compare, span))
    return filters


def _sent_within(compare: Callable[[datetime, _Span], bool], span: _Span) -> Keep:
    return lambda message: message.sent_at is not None and compare(message.sent_at, span)


def _span(text: str, whole_days: bool) -> _Span | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    if whole_days or _is_date(text):
        start = datetime.combine(moment.date(), time(), UTC)
        return _Span(start, start + timedelta(days=1))
    start = moment.replace(microsecond=0)
    return _Span(start, start + timedelta(seconds=1))


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
