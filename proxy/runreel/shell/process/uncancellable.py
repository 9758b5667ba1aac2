"""Waiting for what must not be left half done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar

T = TypeVar("T")


async def wait_uncancelled(pending: Callable[[], asyncio.Future[Any] | None]) -> None:
    """Wait until ``pending`` gives no future any more, however often this is cancelled.

    Raises ``CancelledError`` only then.
    """
    cancelled: asyncio.CancelledError | None = None
    while (future := pending()) is not None:
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled


async def run_in_worker(call: Callable[[], T], pool: Executor | None = None) -> T:
    """What ``call`` gives in a worker of the pool (None: the event loop's own).

    It is waited for even if this is cancelled: whatever it opens or closes is in somebody's hands.
    """
    future = asyncio.get_running_loop().run_in_executor(pool, call)
    await wait_uncancelled(lambda: None if future.done() else future)
    return future.result()
