"""The garbage collector, and work that creates many objects but no reference cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

MANY = 1000
"""Objects of a session from which on it is worth it to exempt them."""


def exempt_from_gc() -> None:
    """Let the collector pass over all objects that exist now, from now on.

    A collection holds all threads while it traverses its objects. Exempted objects are still freed
    when nothing refers to them, so they should not be parts of reference cycles. Those that are
    part of one now are never freed: hence only if there are ``MANY`` objects.
    """
    gc.freeze()


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


@contextmanager
def exempt_imports() -> Iterator[None]:
    """Pause the collector while the block imports modules, and exempt what they have made.

    Modules stay for good. A collection of all of them, which would begin as soon as the pause ends,
    takes a tenth of the time that the imports take.
    """
    with pause_gc():
        yield
        gc.freeze()
