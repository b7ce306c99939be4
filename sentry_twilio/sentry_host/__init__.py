"""The plugin inside real Sentry, 24.1 to 26.6 (`docs/sentry-plugin.md`).

`plugin.py` alone imports `sentry`; what is beside it works, and is tested, without.
"""

from typing import Any

__all__ = ["TwilioPlugin"]


def __getattr__(name: str) -> Any:
    if name != "TwilioPlugin":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sentry_twilio.sentry_host.plugin import TwilioPlugin

    return TwilioPlugin
