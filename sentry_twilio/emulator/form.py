"""The form of a request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form, in the order they came."""

    pairs: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """The last value of a field, or an empty string."""
        return next((value for key, value in reversed(self.pairs) if key == name), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.pairs if key == name]

    def is_true(self, name: str) -> bool:
        return self.get(name).lower() == "true"

    def __contains__(self, name: str) -> bool:
        return any(key == name for key, _ in self.pairs)
