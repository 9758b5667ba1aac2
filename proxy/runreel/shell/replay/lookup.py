"""Dealing a cassette's exchanges into a deck, without holding up those who are being answered.

A fingerprint takes some 50 microseconds, and a cassette may hold ten thousand exchanges: so a place
is dealt when it is first asked for, in slices between which the event loop turns.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from runreel.core.match import Matching, build_request_key
from runreel.core.replay import Candidate, Selector, build_candidate, may_change_state
from runreel.model import ExchangeHead

Place = tuple[str, bytes]
"""Method and path, as ``build_request_key`` gives them."""

_SLICE_SECONDS = 0.002
"""Seconds for which the event loop is held at most, unless a single exchange takes longer."""


class Indexer:
    """The exchanges of one cassette that are not in the deck yet."""

    def __init__(self, deck: Selector, heads: Iterable[ExchangeHead], matching: Matching) -> None:
        """``heads`` come in the order of their numbers."""
        self._deck = deck
        self._matching = matching
        self._not_indexed: dict[Place, deque[ExchangeHead]] = {}
        self._changes_not_indexed: deque[ExchangeHead] = deque()
        self._turn = asyncio.Lock()
        self._waiting = 0
        for head in heads:
            self._not_indexed.setdefault(build_request_key(head.request), deque()).append(head)
            if may_change_state(head.request.method):
                self._changes_not_indexed.append(head)

    def is_indexed(self, places: Iterable[Place]) -> bool:
        """Whether nothing is left to deal for these places, and nobody waits for any."""
        return (
            not self._waiting
            and not self._changes_not_indexed
            and self._not_indexed.keys().isdisjoint(places)
        )

    async def index(self, places: Iterable[Place]) -> None:
        """Return when the deck holds all that these places have, and knows what bounds it.

        Callers return in the order in which they called, if those who need not call ask
        ``is_indexed`` first; nothing else runs between this and the next thing that a caller does.
        So equal requests are answered in their order.
        """
        async with self._take_turn() as pace:
            await self._index_keys(places, pace)

    async def run_steps(self, steps: Iterable[object]) -> None:
        """Take these steps, in slices too, and in the same order of callers."""
        async with self._take_turn() as pace:
            for _ in steps:
                await pace.pause_if_over()

    @asynccontextmanager
    async def _take_turn(self) -> AsyncIterator[TimeSlice]:
        self._waiting += 1
        try:
            async with self._turn:
                yield TimeSlice()
        finally:
            self._waiting -= 1

    async def _index_keys(self, places: Iterable[Place], pace: TimeSlice) -> None:
        while self._changes_not_indexed:
            self._deck.register_change(self._build_candidate(self._changes_not_indexed.popleft()))
            await pace.pause_if_over()
        for place in places:
            await self._index_key(place, pace)

    async def _index_key(self, place: Place, pace: TimeSlice) -> None:
        heads = self._not_indexed.get(place)
        while heads:
            head = heads.popleft()
            self._deck.add(self._matching.fingerprint(head.request), self._build_candidate(head))
            await pace.pause_if_over()
        self._not_indexed.pop(place, None)

    def _build_candidate(self, head: ExchangeHead) -> Candidate:
        return build_candidate(head, self._matching.find_scope(head.request))


class TimeSlice:
    """Lets the event loop turn whenever a slice is over."""

    def __init__(self) -> None:
        self._now = asyncio.get_running_loop().time
        self._until = self._now() + _SLICE_SECONDS

    async def pause_if_over(self) -> None:
        """Let the event loop turn once if the slice is over, and begin the next one."""
        if self._now() >= self._until:
            await asyncio.sleep(0)
            self._until = self._now() + _SLICE_SECONDS
