"""Pauses of the garbage collector, for work that creates many objects but no reference cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def pause_gc() -> Iterator[None]:
    """Disable the garbage collector, for all threads, until the block ends.

    If blocks of several threads overlap, the pause ends with the block that was entered first.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
