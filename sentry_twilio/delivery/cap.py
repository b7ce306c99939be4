"""A cap: so many within so long."""

from __future__ import annotations

from dataclasses import dataclass

MOST, LONGEST = 1_000_000, 31 * 86_400


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `count` within any `seconds`."""

    count: int
    seconds: int

    def __str__(self) -> str:
        return f"{self.count}/{self.seconds}"


class Caps(tuple[Cap, ...]):
    """Caps that all hold; none: no limit. Written `1/60,5/900`."""

    __slots__ = ()

    @classmethod
    def read(cls, text: str) -> Caps:
        """Raises ValueError where the text is none of ours; `off` means no limit."""
        if text.strip().lower() == "off":
            return cls()
        found = cls(_read(part) for part in text.split(","))
        if not all(1 <= cap.count <= MOST and 1 <= cap.seconds <= LONGEST for cap in found):
            raise ValueError("A cap is at least 1 within 1 second, and looks back a month at most.")
        return found

    def __str__(self) -> str:
        return ",".join(map(str, self)) or "off"


def _read(text: str) -> Cap:
    count, _, seconds = text.partition("/")
    return Cap(int(count), int(seconds))
