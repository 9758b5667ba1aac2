"""The event loop of a server: asyncio's own, or uvloop, which costs less for each event."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
from collections.abc import Callable

from runreel.errors import ConfigError

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def loop_factory(name: str) -> LoopFactory | None:
    """What makes the event loop of this name; None for asyncio's own.

    ``auto`` is uvloop where it is installed. Raises ``ConfigError`` where ``uvloop`` is not.
    """
    is_there = importlib.util.find_spec("uvloop") is not None
    if name == "uvloop" and not is_there:
        raise ConfigError(
            ("runreel.loop: uvloop is not installed: pip install uvloop, or choose auto",)
        )
    if name == "asyncio" or not is_there:
        return None
    factory: LoopFactory = importlib.import_module("uvloop").new_event_loop
    return factory
