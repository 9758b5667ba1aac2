"""Work that makes many objects and no cycles, which the collector would look through in vain."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def pause_gc() -> Iterator[None]:
    """No cycles are looked for, by any thread, until the block ends.

    Of blocks that overlap, one that began while no other was under way ends the pause.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
