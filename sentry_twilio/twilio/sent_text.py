"""Is the text that Twilio shows of a message the text that was given to it?

Twilio puts a trial account's prefix before it, replaces characters (Smart Encoding) and links
(https://www.twilio.com/docs/messaging/features/link-shortening), and trims it.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sentry_twilio.twilio.smart import smart_encode

TRIAL_PREFIX = "Sent from your Twilio trial account - "

_LINK = re.compile(r"(https?://\S+)")
# The domain of the Messaging Service and ten letters and digits. Nobody promises the ten.
_SHORT_PATH = re.compile(r"/[A-Za-z0-9]{6,16}")


def is_same(shown: str, given: str) -> bool:
    """Whether `shown` may be what Twilio made of `given`."""
    # The odd pieces are links.
    ours, theirs = (_LINK.split(_plain(text)) for text in (given, shown))
    if len(ours) != len(theirs):
        return False
    return all(
        one == other or (place % 2 == 1 and _is_short_for(other, one))
        for place, (one, other) in enumerate(zip(ours, theirs, strict=True))
    )


def _is_short_for(short: str, link: str) -> bool:
    try:
        there, here = urlsplit(short), urlsplit(link)
    except ValueError:
        return False
    # Two links of one host are two alerts: a shortened link has a host of its own.
    return (
        there.netloc.lower() != here.netloc.lower()
        and not (there.query or there.fragment)
        and _SHORT_PATH.fullmatch(there.path) is not None
    )


def _plain(text: str) -> str:
    """A text as it is after all that Twilio may do to characters."""
    return smart_encode(text.removeprefix(TRIAL_PREFIX).replace("\r\n", "\n")).strip()
