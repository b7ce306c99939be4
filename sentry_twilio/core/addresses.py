"""What is an address of the web, wherever a person, a setting or another program names one."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit


def web_address(text: str) -> SplitResult | None:
    """The parts of an absolute http or https URL; None for any other text.

    It has a host, a port that can be connected to where it has one, and no blank or control
    character, which `urlsplit` would leave out in silence.
    """
    if " " in text or not text.isprintable():
        return None
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    usable = parts.scheme in ("http", "https") and parts.hostname and port != 0
    return parts if usable else None
