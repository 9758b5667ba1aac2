"""The backlog: finished exchanges of all sessions that are not stored yet.

Sealing and writing may be slower than the upstream for a while. A backlog beyond one of its limits
is logged, once, and so is its end. Meanwhile a new request is forwarded only when an exchange has
been stored, so that memory does not grow; answers in progress are never delayed.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable

import structlog

from runreel.config.schema import Limits

log = structlog.get_logger()


class Backlog:
    """The number, the size and the age of the exchanges that are to be stored.

    All calls are made in the thread of one event loop.
    """

    def __init__(self, limits: Limits, now: Callable[[], float] = time.monotonic) -> None:
        """Prepare an empty backlog, with the ``queue_*`` limits; ``now`` is in seconds."""
        self.bytes = 0
        """Bytes of bodies and frames."""
        self.is_behind = False
        """True from the moment at which a limit was exceeded until half of all limits is kept."""
        self._limits = limits
        self._now = now
        self._entries: OrderedDict[int, tuple[float, int]] = OrderedDict()
        self._next_ticket = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._behind_since = 0.0
        self._delayed = 0

    @property
    def length(self) -> int:
        """Number of exchanges."""
        return len(self._entries)

    @property
    def age(self) -> float:
        """Seconds for which the oldest exchange has been waiting."""
        return self._now() - self._oldest if self._entries else 0.0

    @property
    def waiting(self) -> int:
        """Number of requests that wait until they may be forwarded."""
        return len(self._waiting)

    @property
    def _oldest(self) -> float:
        return next(iter(self._entries.values()))[0]

    def add(self, size: int) -> int:
        """Add an exchange of ``size`` bytes; return the ticket with which it is removed."""
        ticket = self._next_ticket = self._next_ticket + 1
        self._entries[ticket] = self._now(), size
        self.bytes += size
        self._compare()
        if self._timer is None and self._limits.queue_age:
            self._set_timer()
        return ticket

    def remove(self, ticket: int) -> None:
        """Remove an exchange that was stored or lost."""
        _, size = self._entries.pop(ticket)
        self.bytes -= size
        self._compare()
        self._admit()

    def enqueue_request(self) -> asyncio.Future[None] | None:
        """Return None if a new request may be forwarded at once, else a future to wait for.

        Requests are let through in their order. A future that is done earlier is passed over.
        """
        if not self._waiting and self._find_excess() is None:
            return None  # at most a few more than the limits allow are on their way
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._delayed += 1
        return future

    def describe(self) -> dict[str, object]:
        """Return the figures for the log and the health response."""
        return {
            "exchanges": self.length,
            "bytes": self.bytes,
            "age": round(self.age, 3),
            "waiting_requests": self.waiting,
        }

    def _find_excess(self, share: float = 1) -> str | None:
        """Return the limit of which more than this share is used, if there is one."""
        limits = self._limits
        figures = (
            ("queue_length", self.length, limits.queue_length),
            ("queue_bytes", self.bytes, limits.queue_bytes),
            ("queue_age", self.age, limits.queue_age or float("inf")),
        )
        return next((name for name, figure, limit in figures if figure > share * limit), None)

    def _compare(self) -> None:
        """Log that a limit is exceeded, or that it is over."""
        excess = self._find_excess()
        if excess is not None and not self.is_behind:
            self.is_behind, self._behind_since, self._delayed = True, self._now(), 0
            log.warning("write_queue_behind", limit=excess, **self.describe())
        elif self.is_behind and self._find_excess(0.5) is None:
            self.is_behind = False
            seconds = round(self._now() - self._behind_since, 3)
            log.info("write_queue_caught_up", seconds=seconds, delayed_requests=self._delayed)

    def _admit(self) -> None:
        """Let one request through if behind, so that the backlog does not grow, else all of them.

        It is called for each exchange removed.
        """
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)
                if self.is_behind:
                    return

    def _set_timer(self) -> None:
        """Look at the age again when the oldest exchange will have reached the limit."""
        delay = self._limits.queue_age - self.age
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(max(delay, 0) + 0.001, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._compare()
        if self._entries and not self.is_behind:
            self._set_timer()


def measure_exchange(body_size: int, frames: int) -> int:
    """Return the memory of an exchange in bytes, given the size of its bodies."""
    return body_size + 120 * frames
