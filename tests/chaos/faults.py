"""What goes wrong at Twilio, as the emulator takes it (docs/emulator.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Fault = dict[str, Any]

REFUSALS = (21612, 30003)
"""Codes with which a delivery may end for good: no attempt of ours could have changed it."""
LAG = 30.0
"""Seconds that the list of messages is behind."""


def lasting(hurry: float, recipients: Sequence[str]) -> list[Fault]:
    """What is so until the end: the list lags, and of every other recipient nothing is reported.

    Reports come soon after a message was accepted. Where they do, hardly a look-up is needed, and
    one that went wrong would not show.
    """
    silent = [{"effect": "callback", "how": "drop", "to": to, "times": None} for to in recipients]
    return [{"effect": "list", "lag": LAG / hurry}, *silent[::2]]


def troubles(hurry: float) -> list[Fault]:
    """Each strikes some of what it meets, until it is removed."""
    second = 1.0 / hurry
    return [
        _some(0.01, effect="error", code=21612),
        # Each closes the sender's gate for everybody: with more of them, little else would meet
        # any trouble.
        _some(0.01, effect="error", code=20429),
        _some(0.005, effect="error", code=20429, retry_after=second),
        _some(0.03, effect="error", status=500),
        _some(0.04, effect="error", status=500, when="after"),
        _some(0.02, effect="error", status=503),
        _some(0.02, effect="reset"),
        _some(0.05, effect="reset", when="after"),
        _some(0.02, effect="hang", seconds=4 * second),
        _some(0.02, effect="hang", seconds=60 * second, when="after"),
        _some(0.10, effect="error", status=500, on="list"),
        _some(0.05, effect="error", code=20429, on="list"),
        _some(0.10, effect="error", status=500, on="fetch"),
        _some(0.01, effect="delivery", status="undelivered", code=30003),
        _some(0.20, effect="callback", how="drop"),
        _some(0.20, effect="callback", how="duplicate"),
        _some(0.20, effect="callback", how="reorder", seconds=3 * second),
        _some(0.20, effect="callback", how="delay", seconds=5 * second),
    ]


def _some(share: float, **fault: Any) -> Fault:
    return {**fault, "share": share, "times": None}
