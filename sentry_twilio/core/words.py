"""Words that stand in many texts."""

from __future__ import annotations


def counted(count: int, what: str) -> str:
    """`count` with its noun, which takes an s but for one: 1 alert, 2 alerts, 0 alerts."""
    return f"{count} {what}{'' if count == 1 else 's'}"
