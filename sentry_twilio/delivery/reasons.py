"""Why something is not sent on purpose, as sentences for whoever looks for it."""

from __future__ import annotations

SWITCHED_OFF = "The plugin was switched off before it could be sent."
OPTED_OUT = (
    "The recipient has opted out of messages from this sender. The plugin's settings show since "
    "when, and what ends it: START, written to the sender."
)
REMOVED = "The recipient was removed from the plugin's settings while it was held back."
OVER = "Its issue was resolved or muted before there was room for it."
BEGAN_AGAIN = "It began again before its end could be told."
NEVER_TOLD = (
    "Its beginning was never told to this recipient: it was held back, or was not sent. So its "
    "end is no news."
)
