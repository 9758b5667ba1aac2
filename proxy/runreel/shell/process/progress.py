"""Progress of a stop that has work to finish: one line on a terminal, else a few log lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog

from runreel.shell.process.logs import show_status

log = structlog.get_logger()

_DELAY = 0.3
"""Seconds after which it is said that there is work left."""
_LOG_INTERVAL = 3.0
_LINE_INTERVAL = 0.2


@asynccontextmanager
async def report_progress(count_left: Callable[[], int]) -> AsyncIterator[None]:
    """Report the number of exchanges that are left to write until the block ends."""
    task = asyncio.ensure_future(_report(count_left))
    try:
        yield
    finally:
        task.cancel()
        show_status("")


async def _report(count_left: Callable[[], int]) -> None:
    await asyncio.sleep(_DELAY)
    while True:
        left = count_left()
        text = f"{left:,} exchanges are still to be written; a second signal drops them"
        if show_status(text if left else ""):
            await asyncio.sleep(_LINE_INTERVAL)
            continue
        if left:
            log.warning("writing_at_stop", exchanges=left, hint="a second signal drops them")
        await asyncio.sleep(_LOG_INTERVAL if left else _DELAY)
