"""The event loop of the server: asyncio's own, or uvloop, which needs less CPU per event."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from runreel.errors import ConfigError

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def find_loop_factory(name: str) -> LoopFactory | None:
    """Return the factory for the setting ``runreel.loop``; None means asyncio's own loop.

    ``auto`` selects uvloop if it is installed. Raises ``ConfigError`` if ``uvloop`` is required but
    not installed.
    """
    if name == "asyncio":
        return None
    try:
        from uvloop import new_event_loop  # noqa: PLC0415 - an optional dependency
    except ImportError:
        if name == "auto":
            return None
        problem = "runreel.loop: uvloop is not installed; run pip install uvloop or set it to auto"
        raise ConfigError((problem,)) from None
    return new_event_loop
