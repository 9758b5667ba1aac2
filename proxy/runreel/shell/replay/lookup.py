"""Dealing a cassette's exchanges into a deck, without holding up those who are being answered.

A fingerprint takes some 50 microseconds, and a cassette may hold ten thousand exchanges: so a place
is dealt when it is first asked for, in slices between which the event loop turns.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from runreel.core.match import Matching, place_of
from runreel.core.replay import Candidate, Deck, candidate, changes_state
from runreel.model import Head

Place = tuple[str, bytes]
"""Method and path, as ``place_of`` gives them."""

_SLICE = 0.002
"""Seconds for which the event loop is held at most, unless a single exchange takes longer."""


class Dealer:
    """The exchanges of one cassette that are not in the deck yet."""

    def __init__(self, deck: Deck, heads: Iterable[Head], matching: Matching) -> None:
        """``heads`` come in the order of their numbers."""
        self._deck = deck
        self._matching = matching
        self._undealt: dict[Place, deque[Head]] = {}
        self._unforeseen: deque[Head] = deque()
        self._turn = asyncio.Lock()
        self._waiting = 0
        for head in heads:
            self._undealt.setdefault(place_of(head.request), deque()).append(head)
            if changes_state(head.request.method):
                self._unforeseen.append(head)

    def has_dealt(self, places: Iterable[Place]) -> bool:
        """Whether nothing is left to deal for these places, and nobody waits for any."""
        return (
            not self._waiting and not self._unforeseen and self._undealt.keys().isdisjoint(places)
        )

    async def deal(self, places: Iterable[Place]) -> None:
        """Return when the deck holds all that these places have, and knows what bounds it.

        Callers return in the order in which they called, if those who need not call ask
        ``has_dealt`` first; nothing else runs between this and the next thing that a caller does.
        So equal requests are answered in their order.
        """
        async with self._in_turn() as pace:
            await self._deal(places, pace)

    async def work(self, steps: Iterable[object]) -> None:
        """Take these steps, in slices too, and in the same order of callers."""
        async with self._in_turn() as pace:
            for _ in steps:
                await pace.keep()

    @asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[_Pace]:
        self._waiting += 1
        try:
            async with self._turn:
                yield _Pace()
        finally:
            self._waiting -= 1

    async def _deal(self, places: Iterable[Place], pace: _Pace) -> None:
        while self._unforeseen:
            self._deck.foresee(self._card(self._unforeseen.popleft()))
            await pace.keep()
        for place in places:
            await self._deal_place(place, pace)

    async def _deal_place(self, place: Place, pace: _Pace) -> None:
        heads = self._undealt.get(place)
        while heads:
            head = heads.popleft()
            self._deck.add(self._matching.fingerprint(head.request), self._card(head))
            await pace.keep()
        self._undealt.pop(place, None)

    def _card(self, head: Head) -> Candidate:
        return candidate(head, self._matching.scope(head.request))


class _Pace:
    """Lets the event loop turn whenever a slice is over."""

    def __init__(self) -> None:
        self._now = asyncio.get_running_loop().time
        self._until = self._now() + _SLICE

    async def keep(self) -> None:
        if self._now() >= self._until:
            await asyncio.sleep(0)
            self._until = self._now() + _SLICE
