"""What can be set while the emulator runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Settings:
    """`latency`: seconds before each answer of the API. `pace`: seconds from one status of a
    message to the next. `inbound_url`: where replies from the phone are posted ("": nowhere).
    """

    latency: float = 0.0
    pace: float = 0.3
    inbound_url: str = ""
