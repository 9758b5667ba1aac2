"""Progress of a stop that has work to finish: one line on a terminal, else a few log lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog

from runreel.shell.process.logs import show_status

log = structlog.get_logger()

_HINT = "a second signal drops them"
_DELAY = 0.5
"""Seconds for which there must be work left, before it is said."""
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
    left = 0
    interval = _DELAY
    while True:
        await asyncio.sleep(interval)
        before, left = left, count_left()
        if not (before and left):  # what is written at once is not worth a line
            show_status("")
            interval = _DELAY
        elif show_status(f"{left:,} exchanges are still to be written; {_HINT}"):
            interval = _LINE_INTERVAL
        else:
            log.warning("writing_at_stop", exchanges=left, hint=_HINT)
            interval = _LOG_INTERVAL
