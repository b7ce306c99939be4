"""A clock for leases, which nobody sets and which goes on while the machine sleeps."""

from __future__ import annotations

import time

# Linux's CLOCK_MONOTONIC stands still in a suspended machine, while the leases in the database
# run out. Elsewhere there is no better one.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def elapsed() -> float:
    """Seconds since some moment that stays the same for as long as the process lives."""
    return time.clock_gettime(_CLOCK)
