"""An upstream that falls silent in the middle of its answer: the read that waits for it ends.

aiohttp would set a timer anew with every read from the socket. Here one timer looks, when it is
due, how long the reader has waited by then, and is set for what is left.
"""

from __future__ import annotations

import asyncio

import aiohttp
from aiohttp.client_proto import ResponseHandler


class Silence:
    """Watches how long a reader waits for the next piece of a body."""

    def __init__(self, content: aiohttp.StreamReader, protocol: ResponseHandler | None) -> None:
        """Takes over the limit that ``protocol`` has for its reads; ``stop`` must be called."""
        self._loop = asyncio.get_running_loop()
        self._content = content
        self._limit = (protocol.read_timeout if protocol is not None else None) or 0.0
        self._since: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        if protocol is not None and self._limit:
            protocol.read_timeout = None
            self._timer = self._loop.call_later(self._limit, self._look)

    def begin(self) -> None:
        """The reader waits from now on: for the limit, then it gets ``SocketTimeoutError``."""
        self._since = self._loop.time()

    def end(self) -> None:
        """It has its piece: whoever writes to a slow client waits for nobody's."""
        self._since = None

    def stop(self) -> None:
        """Watch no longer."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        left = self._limit if self._since is None else self._since + self._limit - now
        if left > 0:
            self._timer = self._loop.call_at(now + left, self._look)
        else:
            self._content.set_exception(aiohttp.SocketTimeoutError("the upstream fell silent"))
