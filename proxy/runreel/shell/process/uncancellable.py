"""Waiting for work to finish even if the waiting task is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar

T = TypeVar("T")


async def wait_uncancelled(get_pending: Callable[[], asyncio.Future[Any] | None]) -> None:
    """Wait until ``get_pending`` returns None, awaiting each future that it returns.

    If the task is cancelled meanwhile, ``CancelledError`` is raised at the end.
    """
    cancelled: asyncio.CancelledError | None = None
    while (future := get_pending()) is not None:
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled


async def run_in_worker(call: Callable[[], T], pool: Executor | None = None) -> T:
    """Return the result of ``call``, run in a worker of ``pool`` (None: the default executor).

    The call is awaited even if the task is cancelled, so that the caller's clean-up never runs
    while the call is still at work. ``CancelledError`` is raised in place of the result then.
    """
    future = asyncio.get_running_loop().run_in_executor(pool, call)
    await wait_uncancelled(lambda: None if future.done() else future)
    return future.result()
