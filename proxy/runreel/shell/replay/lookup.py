"""Find the recorded call that a request repeats, without blocking the event loop.

``core.replay`` decides: ``query`` describes the request, ``match`` finds an equal recorded call or
one that is equal except for placeholders, and ``selector`` chooses among the exchanges of the call.
Here the selector is filled. A fingerprint takes some 50 microseconds, and a cassette may hold ten
thousand exchanges. So the exchanges of one method and path are indexed when a request first needs
them, in time slices between which the event loop runs other tasks.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from runreel.core.bind.bound_values import ClientValues
from runreel.core.bind.path_index import PathIndex
from runreel.core.match.matching import Matching
from runreel.core.match.normalize import RequestKey
from runreel.core.match.wildcard_index import WildcardIndex
from runreel.core.replay.candidate import Candidate, build_candidate, may_change_state
from runreel.core.replay.match import (
    Match,
    ReplayQuery,
    match_exactly,
    match_wildcard,
    no_match,
    refresh_fingerprints,
)
from runreel.core.replay.selector import Selector
from runreel.model import ExchangeHead, Headers

_SLICE_SECONDS = 0.002
"""Limit on the time for which the event loop is blocked, unless one exchange takes longer."""


class Lookup:
    """Finds calls in one cassette, and adds their exchanges to the selector when needed."""

    def __init__(
        self,
        selector: Selector,
        heads: Sequence[ExchangeHead],
        matching: Matching,
        *,
        wildcards: bool,
        read_headers: Callable[[int], Headers] = lambda number: (),
        client_values: ClientValues | None = None,
    ) -> None:
        """Look for calls among ``heads``, which must be in the order of their numbers.

        ``wildcards``: True if a placeholder in a recorded request matches any text.
        ``read_headers`` returns the headers of the answer with this number. ``client_values`` are
        those that the client has bound to recorded ones.
        """
        self._client_values = ClientValues() if client_values is None else client_values
        self._paths = PathIndex((head.request for head in heads if wildcards), matching)
        self._read_headers = read_headers
        self._selector = selector
        self._matching = matching
        self._wildcards = WildcardIndex((head.request for head in heads if wildcards), matching)
        self._not_indexed: dict[RequestKey, deque[ExchangeHead]] = {}
        self._changes_not_indexed: deque[ExchangeHead] = deque()
        self._turn = asyncio.Lock()
        for head in heads:
            key = matching.build_request_key(head.request)
            self._not_indexed.setdefault(key, deque()).append(head)
            if may_change_state(head.request.method):
                self._changes_not_indexed.append(head)

    async def find(self, query: ReplayQuery) -> Match:
        """Return the call that a request repeats; the selector then holds its exchanges.

        Calls return in the order in which they were made, and no other task runs before the
        caller's next await. So a caller that takes its exchange at once gets the one that is due to
        it: equal requests are answered in the order of their arrival.
        """
        async with self._turn:
            await self._index(query.request_keys)
            query = refresh_fingerprints(query, self._matching)
            is_masked = self._matching.rules.mask is not None  # then paths are equal without ids
            match = await self._find_by_path(query) if is_masked else None
            match = match or match_exactly(query, self._selector, self._matching)
            if match is None and not is_masked:
                match = await self._find_by_path(query)
            if match is None and self._wildcards:
                match = await self._find_by_wildcards(query)
            return match or no_match(query)

    async def _find_by_path(self, query: ReplayQuery) -> Match | None:
        """Find a call that differs in the ids that the client has put in the path."""
        if not self._paths:
            return None
        time_slice = TimeSlice()
        for variant in query.variants:
            for translation in self._paths.list_translations(variant, self._client_values):
                await self._index([self._matching.build_request_key(translation.request)])
                await time_slice.pause_if_over()
                fingerprint = self._matching.fingerprint(translation.request)
                if fingerprint in self._selector:
                    scope = self._matching.find_scope(translation.request)
                    if translation.is_rebound and scope.encode() in translation.ids:
                        self._selector.reset(scope)
                    return Match(fingerprint, scope, translation.request)
        return None

    async def _find_by_wildcards(self, query: ReplayQuery) -> Match | None:
        for variant in query.variants:
            if self._wildcards.needs_preparing(variant):
                await _run_in_slices(self._wildcards.prepare(variant))
        match = match_wildcard(query, self._wildcards, self._matching)
        if match is not None and match.wildcard is not None:
            await self._index([self._matching.build_request_key(match.wildcard)])
        return match

    async def _index(self, keys: Sequence[RequestKey]) -> None:
        """Add all exchanges of these keys, and all state changes, to the selector."""
        if self._changes_not_indexed or not self._not_indexed.keys().isdisjoint(keys):
            await _run_in_slices(self._iter_indexing(keys))

    def _iter_indexing(self, keys: Iterable[RequestKey]) -> Iterator[None]:
        """Yield after each exchange; an iterator that is abandoned leaves the rest to the next."""
        while self._changes_not_indexed:
            head = self._changes_not_indexed.popleft()
            self._selector.register_change(self._build_candidate(head))
            yield
        for key in keys:
            heads = self._not_indexed.get(key)
            if heads:
                yield from self._iter_indexing_key(heads)
            self._not_indexed.pop(key, None)

    def _iter_indexing_key(self, heads: deque[ExchangeHead]) -> Iterator[None]:
        """Index exchanges of one method and path; one answer's ``Vary`` counts for all of them."""
        answers: dict[int, Headers] = {}
        for head in (*heads,):
            answers[head.number] = self._read_headers(head.number)
            self._matching.learn_varying(head.request, answers[head.number])
            yield
        while heads:
            head = heads.popleft()
            rules = self._matching.get_rules(head.request).bound
            self._client_values.learn_recorded(head.request, rules)
            fingerprint = self._matching.learn_type(head.request, answers[head.number])
            self._selector.add(fingerprint, self._build_candidate(head))
            yield

    def _build_candidate(self, head: ExchangeHead) -> Candidate:
        return build_candidate(head, self._matching.find_scope(head.request))


async def _run_in_slices(steps: Iterator[None]) -> None:
    """Run an iterator to its end; let the event loop run other tasks after each time slice."""
    time_slice = TimeSlice()
    for _ in steps:
        await time_slice.pause_if_over()


class TimeSlice:
    """A period of work, after which the event loop runs other tasks."""

    def __init__(self) -> None:
        self._now = asyncio.get_running_loop().time
        self._end = self._now() + _SLICE_SECONDS

    async def pause_if_over(self) -> None:
        """Let the event loop run other tasks if the slice is over, and begin a new one."""
        if self._now() >= self._end:
            await asyncio.sleep(0)
            self._end = self._now() + _SLICE_SECONDS
