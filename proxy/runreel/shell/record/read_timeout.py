"""The read timeout of an answer: the time to wait for the next data of the upstream.

Restarting a timer for every piece would cost more than the piece itself. Instead, one timer
compares the time of the last ``start`` with the clock when it fires, and is set again for the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class ReadTimeout:
    """A clock that runs while data is awaited from the upstream."""

    def __init__(self, limit: float, on_timeout: Callable[[], None]) -> None:
        """Call ``on_timeout`` once the clock has run for ``limit`` seconds; 0 means no limit.

        The clock is paused at first. ``cancel`` must be called in the end.
        """
        self._loop = asyncio.get_running_loop()
        self._limit = limit
        self._on_timeout = on_timeout
        self._waiting_since: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        if limit:
            self._timer = self._loop.call_later(limit, self._check)

    def start(self) -> None:
        """Start the clock, from zero."""
        self._waiting_since = self._loop.time()

    def pause(self) -> None:
        """Stop the clock, e.g. while waiting for a slow client."""
        self._waiting_since = None

    def cancel(self) -> None:
        """Stop for good; ``on_timeout`` is not called any more."""
        self._on_timeout = _do_nothing
        if self._timer is not None:
            self._timer.cancel()

    def _check(self) -> None:
        now = self._loop.time()
        since = self._waiting_since
        left = self._limit if since is None else since + self._limit - now
        if left > 0:
            self._timer = self._loop.call_at(now + left, self._check)
        else:
            self._on_timeout()


def _do_nothing() -> None:
    """Do nothing (callback after ``cancel``)."""
