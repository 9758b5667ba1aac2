"""The event loop of a server: asyncio's own, or uvloop, which costs less for each event."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from runreel.errors import ConfigError

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def find_loop_factory(name: str) -> LoopFactory | None:
    """What makes the event loop of this name; None for asyncio's own.

    ``auto`` is uvloop where it is installed. Raises ``ConfigError`` where ``uvloop`` is not.
    """
    if name == "asyncio":
        return None
    try:
        from uvloop import new_event_loop  # noqa: PLC0415 - it is not everywhere
    except ImportError:
        if name == "auto":
            return None
        mistake = "runreel.loop: uvloop is not installed: pip install uvloop, or choose auto"
        raise ConfigError((mistake,)) from None
    return new_event_loop
