"""Finding the recorded call that a request is, without holding up those who are being answered."""

from __future__ import annotations

from collections.abc import Sequence

from runreel.core.match import Matching, SecondChoice, place_of
from runreel.core.replay import Deck
from runreel.core.replay.match import Found, found_exactly, found_second, not_found
from runreel.core.replay.query import Recognised
from runreel.model import Head
from runreel.shell.replay.lookup import Dealer


class Seeker:
    """Finds calls in one cassette, and sees to it that the deck holds their exchanges."""

    def __init__(
        self, deck: Deck, heads: Sequence[Head], matching: Matching, *, wildcards: bool
    ) -> None:
        """``wildcards``: whether a placeholder stands for whatever a request says in its place."""
        self._deck = deck
        self._matching = matching
        self._dealer = Dealer(deck, heads, matching)
        self._second = SecondChoice((head.request for head in heads if wildcards), matching)

    async def find(self, asked: Recognised) -> Found:
        """The call; equal requests at once are found in the order in which they came."""
        if not self._dealer.has_dealt(asked.places):
            await self._dealer.deal(asked.places)
        found = found_exactly(asked, self._deck)
        if found is None and self._second:
            found = await self._find_second(asked)
        return found or not_found(asked)

    async def _find_second(self, asked: Recognised) -> Found | None:
        for spelling in asked.spellings:
            if self._second.lacks(spelling):
                await self._dealer.work(self._second.preparing(spelling))
        found = found_second(asked, self._second, self._matching)
        if found is not None and found.second is not None:
            place = place_of(found.second)
            if not self._dealer.has_dealt([place]):
                await self._dealer.deal([place])
        return found
