"""An upstream that falls silent: whoever waits for it is told.

A timer for every piece that comes would cost more than the piece. Here one timer looks, when it is
due, how long has been waited by then, and is set for what is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Silence:
    """Watches how long the next piece of an answer is waited for."""

    def __init__(self, limit: float, fell_silent: Callable[[], None]) -> None:
        """Call ``fell_silent`` after ``limit`` seconds of waiting; 0 is no limit.

        ``stop`` must be called.
        """
        self._loop = asyncio.get_running_loop()
        self._limit = limit
        self._fell_silent = fell_silent
        self._since: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        if limit:
            self._timer = self._loop.call_later(limit, self._look)

    def begin(self) -> None:
        """The upstream is waited for, from now on."""
        self._since = self._loop.time()

    def end(self) -> None:
        """It is not: whoever writes to a slow client waits for nobody else."""
        self._since = None

    def stop(self) -> None:
        """Watch no longer."""
        self._fell_silent = _nobody
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        left = self._limit if self._since is None else self._since + self._limit - now
        if left > 0:
            self._timer = self._loop.call_at(now + left, self._look)
        else:
            self._fell_silent()


def _nobody() -> None:
    """Who is told once nobody watches."""
