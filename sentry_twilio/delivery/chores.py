"""What has to be done every so often, beside sending.

A chore takes what it works on from the database in a way that lets several processes do the
same one at the same time, and leaves it so that a crash at any moment costs a repetition of
something harmless. How often is a matter of delay, never of correctness.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chore:
    """`run` is called every `every` seconds, and with `eager` whenever something was written."""

    name: str
    every: float
    run: Callable[[], object]
    eager: bool = False


_chores: dict[str, Chore] = {}


def register(chore: Chore) -> None:
    """Have a chore done from now on; one of the same name is replaced."""
    _chores[chore.name] = chore


def all_chores() -> list[Chore]:
    """In the order of their registration."""
    return list(_chores.values())
