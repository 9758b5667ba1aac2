"""The C library's heap: memory of large bodies goes back to the system when they are freed.

By default, glibc takes large blocks from its heaps once some of them have been freed, and has more
heaps the more threads there are. Between small blocks that live long, their space is not given
back.
"""

from __future__ import annotations

import ctypes

_LARGE_BLOCK = 262_144
"""Bytes from which a block is memory of its own, which ends when it is freed."""
_HEAPS = 2
"""For the event loop and for the threads that work on cassettes."""

_M_MMAP_THRESHOLD = -3  # mallopt(3)
_M_ARENA_MAX = -8

_LIBRARY = ctypes.CDLL(None)


def limit_heap_growth() -> bool:
    """Set the limits for this process; return False if the C library does not know them."""
    mallopt = getattr(_LIBRARY, "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK) and mallopt(_M_ARENA_MAX, _HEAPS))


def release_free_memory() -> None:
    """Give free memory between small blocks back to the system, if the C library can (glibc).

    It takes a few milliseconds, in which other threads run Python.
    """
    trim = getattr(_LIBRARY, "malloc_trim", None)
    if trim is not None:
        trim(0)
