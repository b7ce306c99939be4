"""The Python that the host asks for. The plugin runs on an older one: Sentry 24.1 has 3.10."""

from __future__ import annotations

import platform
import sys

OLDEST = (3, 11)


def too_old() -> str:
    """What to tell whoever wants the host from a Python that is too old for it, else ""."""
    if sys.version_info >= OLDEST:
        return ""
    return (
        f"The host needs Python {'.'.join(map(str, OLDEST))} or newer, and this is "
        f"{platform.python_version()}. The plugin works here, inside Sentry too, and so do "
        "`sentry-twilio check`, `send`, `messages` and `request`."
    )
