"""Text that every database takes."""

from __future__ import annotations


def clean_text(value: str) -> str:
    """`value` with U+FFFD for what no database takes: NUL and lone surrogates."""
    text = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
