"""Which failed deliveries are worth a second try, and in which form.

The code decides, by its kind in `error_codes.json` and by the exceptions below:
https://www.twilio.com/docs/api/errors.
"""

from __future__ import annotations

from typing import Literal

from sentry_twilio.core import Receipt

Form = Literal["same", "again", "without_link"]
"""The same text; the text with `(again)`; the text without its link."""

# The phone may have got the message all the same, and whoever reads it twice must be able to
# tell one alert from two: https://www.twilio.com/docs/api/errors/30008 and /30410; 63023 is
# the same of channels such as WhatsApp.
_MAY_HAVE_ARRIVED = (30008, 30410, 63023)
# A carrier's filter, which takes many a link for phishing.
_FILTERED = (30007,)
# Twilio calls these transient, and yet a second try within the hour fails like the first one,
# or makes the matter worse.
_NOT_SOON = (
    14107,  # too many messages within half a minute: one more is what it complains about
    30023,  # the day's limit of a US number
    30027,  # T-Mobile's daily limit of a US brand
    30035,  # the registration takes hours to days
    30036,  # its time was over; the host gives a message all the time for which it is useful
    30450,  # blocked for half an hour, and for longer after each try
    30453,  # blocked for hours
    30454,  # the trial account's limit
    30610,  # night at the recipient's
    30615,  # not at this time
    30620,  # not at this time
    63038,  # the account's daily limit
)
# Warnings about a limit that comes near: the message itself went out.
_NOT_STOPPED = (30025, 30026)

EXCEPTIONS: dict[int, Form | None] = {
    **dict.fromkeys(_MAY_HAVE_ARRIVED, "again"),
    **dict.fromkeys(_FILTERED, "without_link"),
    **dict.fromkeys(_NOT_SOON + _NOT_STOPPED),
}


def form_for(receipt: Receipt) -> Form | None:
    """The form in which to send a message once more after this report; None: not at all."""
    if receipt.state != "undelivered" or receipt.opted_out or receipt.code is None:
        return None
    if receipt.code in EXCEPTIONS:
        return EXCEPTIONS[receipt.code]
    return "same" if receipt.kind == "transient" else None
