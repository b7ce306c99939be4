"""Keeping a process of many threads small."""

from __future__ import annotations

import ctypes

_M_ARENA_MAX = -8
ARENAS = 2


def use_few_arenas() -> None:
    """Have glibc's malloc share two arenas among all threads; elsewhere nothing happens.

    By default it makes eight for each core. What one thread frees another cannot use then, so
    that a worker with many senders grows for hours. https://man7.org/linux/man-pages/man3/mallopt.3.html
    """
    try:
        ctypes.CDLL("libc.so.6").mallopt(_M_ARENA_MAX, ARENAS)
    except (OSError, AttributeError):
        return
