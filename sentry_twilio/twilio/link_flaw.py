"""What speaks against a link in a text message, told by its address alone."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final, Literal
from urllib.parse import urlsplit

LinkFlaw = Literal["private", "shortener", "http"]

# Names that no public resolver answers for: RFC 6761, 6762 and 8375, the one that ICANN set
# aside in 2024 (.internal), and what routers and companies use without asking anybody.
PRIVATE_SUFFIXES: Final = (
    *(".localhost", ".local", ".internal", ".home.arpa", ".test", ".invalid"),
    *(".corp", ".home", ".intranet", ".lan", ".localdomain", ".private"),
)
# Everybody may put anything behind these, so carriers block texts that name them. Twilio says
# so of public shorteners in general: https://www.twilio.com/docs/api/errors/30449
PUBLIC_SHORTENERS: Final = frozenset(
    {
        *("bit.ly", "bitly.com", "bl.ink", "buff.ly", "clck.ru", "cutt.ly", "dub.sh", "goo.gl"),
        *("is.gd", "j.mp", "lnkd.in", "ow.ly", "rb.gy", "rebrand.ly", "s.id", "short.io"),
        *("shorturl.at", "shrtco.de", "soo.gd", "t.co", "t.ly", "t2m.io", "tiny.cc", "tiny.one"),
        *("tinyurl.com", "trib.al", "urlz.fr", "v.gd", "x.co"),
    }
)


def of(url: str) -> LinkFlaw | None:
    """The worst of it; None for a good link, and for what is none."""
    host = host_of(url)
    if not host:
        return None
    if _is_private(host):
        return "private"
    if any(host == name or host.endswith("." + name) for name in PUBLIC_SHORTENERS):
        return "shortener"
    return "http" if urlsplit(url).scheme == "http" else None


def host_of(url: str) -> str:
    """The host of a URL in lower case, without brackets or a final dot; "" where it has none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host.partition("%")[0]).is_global
    except ValueError:
        return "." not in host or host.endswith(PRIVATE_SUFFIXES)
