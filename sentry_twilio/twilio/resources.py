"""Messages that exist: reading them, and the few things that can still be done to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timezone
from itertools import islice
from typing import Any
from urllib.parse import quote

from sentry_twilio.core import ApiResponse
from sentry_twilio.twilio.connection import Connection


class MessageResources(Connection):
    """https://www.twilio.com/docs/messaging/api/message-resource. Each raises an `ApiError`."""

    @property
    def _messages(self) -> str:
        return f"{self._account}/Messages.json"

    def _message(self, sid: str) -> str:
        return f"{self._account}/Messages/{quote(sid, safe='')}.json"

    def get_message(self, sid: str) -> dict[str, Any]:
        """The message resource as Twilio shows it."""
        body: dict[str, Any] = self._fetch(self._message(sid)).body
        return body

    def cancel_message(self, sid: str) -> dict[str, Any]:
        """Take back a scheduled message (30409 where it is too late), and show it."""
        return self._update(self._message(sid), {"Status": "canceled"})

    def redact_message(self, sid: str) -> dict[str, Any]:
        """Blank the text that Twilio keeps of a finished message, and show what is left."""
        return self._update(self._message(sid), {"Body": ""})

    def delete_message(self, sid: str) -> None:
        """Remove a finished message from the account (20009 while it is under way)."""
        self.delete(self._message(sid), auth=self._authorize)

    def list_messages(
        self,
        to: str = "",
        from_: str = "",
        *,
        date_sent: date | None = None,
        date_sent_after: date | None = None,
        date_sent_before: date | None = None,
        page_size: int = 50,
        limit: int | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Messages, the newest first, page by page as they are consumed.

        The dates are days in GMT, which is all that Twilio compares; a time stands for its
        day and needs a time zone (ValueError). Each bound includes its day.
        """
        filters = {
            "To": to,
            "From": from_,
            "DateSent": _day(date_sent),
            "DateSent>": _day(date_sent_after),
            "DateSent<": _day(date_sent_before),
        }
        query = {name: value for name, value in filters.items() if value}
        size = page_size if limit is None else min(page_size, limit)
        pages = self.message_pages(query, size)
        return islice((row for page in pages for row in page.body.get("messages") or ()), limit)

    def message_pages(self, query: Mapping[str, str], page_size: int) -> Iterator[ApiResponse]:
        """The answers that make up a list of messages; a page has 1 to 1,000 of them."""
        return self._pages(self._messages, query, page_size)


def _day(value: date | None) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("A time needs a time zone, since Twilio's days are those of GMT.")
        value = value.astimezone(timezone.utc).date()
    return value.isoformat() if value else ""
