"""Finding the recorded call that a request is, without holding up those who are being answered."""

from __future__ import annotations

from collections.abc import Sequence

from runreel.core.match import Matching, WildcardIndex, build_request_key
from runreel.core.replay import Selector
from runreel.core.replay.match import Match, match_exactly, match_wildcard, no_match
from runreel.core.replay.query import ReplayQuery
from runreel.model import ExchangeHead
from runreel.shell.replay.lookup import Indexer


class Lookup:
    """Finds calls in one cassette, and sees to it that the deck holds their exchanges."""

    def __init__(
        self, deck: Selector, heads: Sequence[ExchangeHead], matching: Matching, *, wildcards: bool
    ) -> None:
        """``wildcards``: whether a placeholder stands for whatever a request says in its place."""
        self._deck = deck
        self._matching = matching
        self._indexer = Indexer(deck, heads, matching)
        self._wildcards = WildcardIndex((head.request for head in heads if wildcards), matching)

    async def find(self, asked: ReplayQuery) -> Match:
        """The call; equal requests at once are found in the order in which they came."""
        if not self._indexer.is_indexed(asked.request_keys):
            await self._indexer.index(asked.request_keys)
        found = match_exactly(asked, self._deck)
        if found is None and self._wildcards:
            found = await self._find_by_wildcards(asked)
        return found or no_match(asked)

    async def _find_by_wildcards(self, asked: ReplayQuery) -> Match | None:
        for spelling in asked.variants:
            if self._wildcards.needs_preparing(spelling):
                await self._indexer.run_steps(self._wildcards.prepare(spelling))
        found = match_wildcard(asked, self._wildcards, self._matching)
        if found is not None and found.wildcard is not None:
            place = build_request_key(found.wildcard)
            if not self._indexer.is_indexed([place]):
                await self._indexer.index([place])
        return found
