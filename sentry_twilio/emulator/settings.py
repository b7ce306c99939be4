"""What can be set while the emulator runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Settings:
    """`latency`: seconds before each answer of the API. `pace`: seconds from one status of a
    message to the next. `inbound_url`: where replies from the phone are posted ("": nowhere).
    `concurrency`: how many requests are answered at a time (0: as many as come); the others get
    a 20429 with `retry_after` seconds.
    """

    latency: float = 0.0
    pace: float = 0.3
    inbound_url: str = ""
    concurrency: int = 0
    retry_after: float = 1.0
