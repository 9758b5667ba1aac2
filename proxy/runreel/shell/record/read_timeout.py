"""An upstream that falls silent: whoever waits for it is told.

A timer for every piece that comes would cost more than the piece. Here one timer looks, when it is
due, how long has been waited by then, and is set for what is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class ReadTimeout:
    """Watches how long the next piece of an answer is waited for."""

    def __init__(self, limit: float, on_timeout: Callable[[], None]) -> None:
        """Call ``fell_silent`` after ``limit`` seconds of waiting; 0 is no limit.

        ``stop`` must be called.
        """
        self._loop = asyncio.get_running_loop()
        self._limit = limit
        self._on_timeout = on_timeout
        self._waiting_since: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        if limit:
            self._timer = self._loop.call_later(limit, self._check)

    def start(self) -> None:
        """The upstream is waited for, from now on."""
        self._waiting_since = self._loop.time()

    def pause(self) -> None:
        """It is not: whoever writes to a slow client waits for nobody else."""
        self._waiting_since = None

    def cancel(self) -> None:
        """Watch no longer."""
        self._on_timeout = _do_nothing
        if self._timer is not None:
            self._timer.cancel()

    def _check(self) -> None:
        now = self._loop.time()
        left = (
            self._limit if self._waiting_since is None else self._waiting_since + self._limit - now
        )
        if left > 0:
            self._timer = self._loop.call_at(now + left, self._check)
        else:
            self._on_timeout()


def _do_nothing() -> None:
    """Who is told once nobody watches."""
