"""Find the recorded call that a request repeats, without blocking the event loop."""

from __future__ import annotations

from collections.abc import Sequence

from runreel.core.match import Matching, WildcardIndex, build_request_key
from runreel.core.replay import Selector
from runreel.core.replay.match import Match, match_exactly, match_wildcard, no_match
from runreel.core.replay.query import ReplayQuery
from runreel.model import ExchangeHead
from runreel.shell.replay.lookup import Indexer


class Lookup:
    """Finds calls in one cassette, and adds their exchanges to the selector."""

    def __init__(
        self,
        selector: Selector,
        heads: Sequence[ExchangeHead],
        matching: Matching,
        *,
        wildcards: bool,
    ) -> None:
        """Look for calls among ``heads``, which must be in the order of their numbers.

        ``wildcards``: True if a placeholder in a recorded request matches any text.
        """
        self._selector = selector
        self._matching = matching
        self._indexer = Indexer(selector, heads, matching)
        self._wildcards = WildcardIndex((head.request for head in heads if wildcards), matching)

    async def find(self, query: ReplayQuery) -> Match:
        """Return the call; concurrent equal requests get theirs in the order of their arrival."""
        if not self._indexer.is_indexed(query.request_keys):
            await self._indexer.index(query.request_keys)
        match = match_exactly(query, self._selector)
        if match is None and self._wildcards:
            match = await self._find_by_wildcards(query)
        return match or no_match(query)

    async def _find_by_wildcards(self, query: ReplayQuery) -> Match | None:
        for variant in query.variants:
            if self._wildcards.needs_preparing(variant):
                await self._indexer.run_steps(self._wildcards.prepare(variant))
        match = match_wildcard(query, self._wildcards, self._matching)
        if match is not None and match.wildcard is not None:
            key = build_request_key(match.wildcard)
            if not self._indexer.is_indexed([key]):
                await self._indexer.index([key])
        return match
