"""Index a cassette's exchanges without blocking the event loop.

A fingerprint takes some 50 microseconds, and a cassette may hold ten thousand exchanges. So the
exchanges of one method and path are indexed when they are first needed, in time slices between
which the event loop runs other tasks.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from runreel.core.match import Matching, build_request_key
from runreel.core.replay import Candidate, Selector, build_candidate, may_change_state
from runreel.model import ExchangeHead

RequestKey = tuple[str, bytes]
"""Method and path, as ``build_request_key`` returns them."""

_SLICE_SECONDS = 0.002
"""Limit on the time for which the event loop is blocked, unless one exchange takes longer."""


class Indexer:
    """Adds the exchanges of one cassette to a selector, when they are needed."""

    def __init__(
        self, selector: Selector, heads: Iterable[ExchangeHead], matching: Matching
    ) -> None:
        """Index ``heads``, which must be in the order of their numbers."""
        self._selector = selector
        self._matching = matching
        self._not_indexed: dict[RequestKey, deque[ExchangeHead]] = {}
        self._changes_not_indexed: deque[ExchangeHead] = deque()
        self._turn = asyncio.Lock()
        self._waiting = 0
        for head in heads:
            self._not_indexed.setdefault(build_request_key(head.request), deque()).append(head)
            if may_change_state(head.request.method):
                self._changes_not_indexed.append(head)

    def is_indexed(self, keys: Iterable[RequestKey]) -> bool:
        """Return whether these keys are fully indexed and no other call is waiting."""
        return (
            not self._waiting
            and not self._changes_not_indexed
            and self._not_indexed.keys().isdisjoint(keys)
        )

    async def index(self, keys: Iterable[RequestKey]) -> None:
        """Add all exchanges of these keys, and all state changes, to the selector.

        Calls return in the order in which they were made, provided that a caller skips the call if
        ``is_indexed`` is true. No other task runs before the caller's next await, so equal requests
        are answered in their order.
        """
        async with self._take_turn() as time_slice:
            await self._index_keys(keys, time_slice)

    async def run_steps(self, steps: Iterable[object]) -> None:
        """Run an iterator to its end, in time slices, in turn with the calls of ``index``."""
        async with self._take_turn() as time_slice:
            for _ in steps:
                await time_slice.pause_if_over()

    @asynccontextmanager
    async def _take_turn(self) -> AsyncIterator[TimeSlice]:
        self._waiting += 1
        try:
            async with self._turn:
                yield TimeSlice()
        finally:
            self._waiting -= 1

    async def _index_keys(self, keys: Iterable[RequestKey], time_slice: TimeSlice) -> None:
        while self._changes_not_indexed:
            self._selector.register_change(
                self._build_candidate(self._changes_not_indexed.popleft())
            )
            await time_slice.pause_if_over()
        for key in keys:
            await self._index_key(key, time_slice)

    async def _index_key(self, key: RequestKey, time_slice: TimeSlice) -> None:
        heads = self._not_indexed.get(key)
        while heads:
            head = heads.popleft()
            self._selector.add(
                self._matching.fingerprint(head.request), self._build_candidate(head)
            )
            await time_slice.pause_if_over()
        self._not_indexed.pop(key, None)

    def _build_candidate(self, head: ExchangeHead) -> Candidate:
        return build_candidate(head, self._matching.find_scope(head.request))


class TimeSlice:
    """A period of work, after which the event loop runs other tasks."""

    def __init__(self) -> None:
        self._now = asyncio.get_running_loop().time
        self._until = self._now() + _SLICE_SECONDS

    async def pause_if_over(self) -> None:
        """Let the event loop turn once if the slice is over, and begin the next one."""
        if self._now() >= self._until:
            await asyncio.sleep(0)
            self._until = self._now() + _SLICE_SECONDS
