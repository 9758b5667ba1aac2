"""Find the recorded call that a request repeats, without blocking the event loop.

``core.replay`` decides: ``query`` describes the request, ``match`` finds an equal recorded call or
one that is equal except for placeholders, and ``selector`` chooses among the exchanges of the call.
Here the selector is filled. A fingerprint takes some 50 microseconds, and a cassette may hold ten
thousand exchanges. So the exchanges of one method and path are indexed when a request first needs
them, in time slices between which the event loop runs other tasks, or in a worker thread if they
are large. Requests for other paths do not wait for that.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AsyncExitStack
from functools import partial
from typing import TypeVar
from weakref import WeakValueDictionary

from msgspec import Struct

from runreel.core.bind.bound_values import ClientValues, list_ids
from runreel.core.bind.path_index import PathIndex, PathTranslation
from runreel.core.match.matching import Matching, SplitFingerprint
from runreel.core.match.normalize import RequestKey
from runreel.core.match.wildcard_index import WildcardIndex
from runreel.core.replay.candidate import Candidate, build_candidate, may_change_state
from runreel.core.replay.clean_calls import CleanCall, CleanCalls
from runreel.core.replay.match import (
    Match,
    ReplayQuery,
    match_acceptable,
    match_equal,
    match_wildcard,
    no_match,
)
from runreel.core.replay.selector import Selector
from runreel.model import ExchangeHead, Headers, Request
from runreel.shell.process.gc_pause import MANY, exempt_from_gc
from runreel.shell.process.uncancellable import run_in_worker

_SLICE_SECONDS = 0.002
"""Limit on the time for which the event loop is blocked."""

_MAX_SHORT_BODY = 65_536
"""Bytes of a body up to which a fingerprint is computed in the event loop."""

_CHANGES: RequestKey = ("", b"")
"""The key of the lock for state changes."""

_NEW_IDS: RequestKey = ("", b"")
"""The key of the turn of requests with ids that the client has made: each may get those of the next
recorded request of its kind, so they take turns whatever their paths are."""


T = TypeVar("T")


class _RecordedCall(Struct, frozen=True):
    """A recorded request, as far as it matters for the search."""

    fingerprint: SplitFingerprint
    ids: Sequence[bytes]
    """The distinctive values that its client has made."""


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
        clean_calls: CleanCalls | None = None,
        pool: Executor | None = None,
    ) -> None:
        """Look for calls among ``heads``, which must be in the order of their numbers.

        ``wildcards``: True if a placeholder in a recorded request matches any text.
        ``read_headers`` returns the headers of the answer with this number. ``client_values`` are
        those that the client has bound to recorded ones. ``clean_calls`` gets the indexed calls
        without secrets. ``pool``: threads for long work (None: the event loop's default executor).
        """
        self._client_values = ClientValues() if client_values is None else client_values
        self._clean_calls = clean_calls
        self._paths = PathIndex((head.request for head in heads if wildcards), matching)
        self._read_headers = read_headers
        self._selector = selector
        self._matching = matching
        self._pool = pool
        self._wildcards = WildcardIndex((head.request for head in heads if wildcards), matching)
        self._not_indexed: dict[RequestKey, deque[ExchangeHead]] = {}
        self._changes_not_indexed: deque[ExchangeHead] = deque()
        self._changes: dict[int, Candidate] = {}
        """The changes that were registered, by number, until they are indexed."""
        self._collected = 0
        """Number of indexed exchanges that the garbage collector still looks at."""
        self._turns = _Locks()
        self._indexing = _Locks()
        for head in heads:
            key = matching.build_request_key(head.request)
            self._not_indexed.setdefault(key, deque()).append(head)
            if may_change_state(head.request.method):
                self._changes_not_indexed.append(head)

    async def find(self, query: ReplayQuery) -> Match:
        """Return the call that a request repeats; the selector then holds its exchanges.

        Calls for the same method and path return in the order in which they were made, and no other
        task runs before the caller's next await. So a caller that takes its exchange at once gets
        the one that is due to it: equal requests are answered in the order of their arrival.
        """
        match = self._find_at_once(query)
        if match is not None:
            return match
        async with AsyncExitStack() as turns:
            for key in self._list_turns(query):
                await turns.enter_async_context(self._turns.get(key))
            await self._index(query.request_keys)
            query = await self._refresh_fingerprints(query)
            is_masked = self._matching.rules.mask is not None  # then paths are equal without ids
            match = await self._find_by_path(query) if is_masked and self._paths else None
            match = match or match_equal(query, self._selector) or await self._find_by_type(query)
            if match is None and self._paths and not is_masked:
                match = await self._find_by_path(query)
            if match is None and self._paths and query.original is not None:
                match = await self._find_by_path(query, query.original)
            if match is None and self._wildcards:
                match = await self._find_by_wildcards(query)
        return match or no_match(query)

    def has_client_ids(self, request: Request) -> bool:
        """Return whether a request has ids as clients make them for threads in paths."""
        return bool(self._paths) and bool(
            list_ids(request, self._matching.get_rules(request).bound)
        )

    def list_path_ids(self, request: Request) -> frozenset[bytes]:
        """Return the ids of a recorded request that clients make and recorded paths have."""
        return self._paths.list_ids(request, self._matching.get_rules(request).bound)

    def _list_turns(self, query: ReplayQuery) -> list[RequestKey]:
        """Return the keys of the locks to take, sorted, lest two requests wait for each other."""
        keys = set(query.request_keys)
        if self._paths and (
            query.original is not None or any(map(self._paths.has_new_ids, query.variants))
        ):
            keys.add(_NEW_IDS)
        return sorted(keys)

    def _find_at_once(self, query: ReplayQuery) -> Match | None:
        """Return an equal call if it is indexed and no request for its path waits."""
        keys = query.request_keys
        if self._changes_not_indexed or self._turns.has_any(keys):
            return None
        for key in keys:
            if key in self._not_indexed or self._matching.depends_on_answers(key):
                return None
        if self._paths and self._matching.rules.mask is not None:
            return None  # an equal call may be that of another id in the path
        return match_equal(query, self._selector)

    async def _refresh_fingerprints(self, query: ReplayQuery) -> ReplayQuery:
        """Return the query with its fingerprints by what is known now of the recorded answers."""
        if not any(map(self._matching.depends_on_answers, query.request_keys)):
            return query
        fingerprints = [
            await self._read(variant, self._matching.fingerprint) for variant in query.variants
        ]
        return query._replace(fingerprints=tuple(fingerprints))

    async def _find_by_type(self, query: ReplayQuery) -> Match | None:
        """Find a call that differs in ``Accept`` alone."""
        splits = [
            await self._read(variant, self._matching.split_fingerprint)
            for variant in query.variants
        ]
        bases = [split.base for split in splits]
        return match_acceptable(query, bases, self._selector, self._matching)

    async def _find_by_path(
        self, query: ReplayQuery, original: Request | None = None
    ) -> Match | None:
        """Find a call that differs in the ids that the client has put in the path.

        ``original``: the request before others took their place, which may have been the wrong
        ones.
        """
        for variant in query.variants:
            match = await self._find_variant_by_path(variant, original)
            if match is not None:
                return match
        return None

    async def _find_variant_by_path(
        self, variant: Request, original: Request | None
    ) -> Match | None:
        fingerprints: dict[tuple[bytes, ...], bytes] = {}
        while True:
            translation = await self._find_recorded(variant, original, fingerprints)
            if translation is None:
                return None
            # A request that was found at once may have bound an id meanwhile.
            if self._paths.is_current(translation, self._client_values):
                return self._match_translation(translation, fingerprints[translation.ids])

    async def _find_recorded(
        self,
        variant: Request,
        original: Request | None,
        fingerprints: dict[tuple[bytes, ...], bytes],
    ) -> PathTranslation | None:
        """Return the first translation that was recorded; ``fingerprints``: those known, by ids."""
        time_slice = TimeSlice()
        values = self._client_values
        for translation in self._paths.list_translations(variant, values, original):
            request, ids = translation.request, translation.ids
            if ids not in fingerprints:
                await self._index([self._matching.build_request_key(request)])
                fingerprints[ids] = await self._read(request, self._matching.fingerprint)
                await time_slice.pause_if_over()
            if fingerprints[ids] in self._selector:
                return translation
        return None

    def _match_translation(self, translation: PathTranslation, fingerprint: bytes) -> Match:
        request = translation.request
        scope = self._matching.find_scope(request)
        if translation.is_rebound and scope.encode() in translation.ids:
            self._selector.reset(scope)
        return Match(fingerprint, scope, request)

    async def _find_by_wildcards(self, query: ReplayQuery) -> Match | None:
        for variant in query.variants:
            if self._wildcards.needs_preparing(variant):
                await _run_in_slices(self._wildcards.prepare(variant))
        match = await run_in_worker(
            lambda: match_wildcard(query, self._wildcards, self._matching), self._pool
        )
        if match is not None and match.wildcard is not None:
            await self._index([self._matching.build_request_key(match.wildcard)])
        return match

    async def _index(self, keys: Sequence[RequestKey]) -> None:
        """Add all exchanges of these keys, and all state changes, to the selector."""
        if self._changes_not_indexed:
            async with self._indexing.get(_CHANGES):
                await _run_in_slices(self._iter_registering())
        for key in keys:
            if key in self._not_indexed:
                async with self._indexing.get(key):
                    await self._index_key(key)

    def _iter_registering(self) -> Iterator[None]:
        """Yield after each exchange; an iterator that is abandoned leaves the rest to the next."""
        while self._changes_not_indexed:
            head = self._changes_not_indexed.popleft()
            change = self._changes[head.number] = self._build_candidate(head)
            self._selector.register_change(change)
            yield

    async def _index_key(self, key: RequestKey) -> None:
        """Add the exchanges of one key; if the task is cancelled, the rest is left to the next."""
        heads = self._not_indexed.get(key)
        if heads:
            answers: dict[int, Headers] = {}
            await _run_in_slices(self._iter_learning(heads, answers))
            await self._add_exchanges(key, heads, answers)
        self._not_indexed.pop(key, None)

    def _iter_learning(
        self, heads: Iterable[ExchangeHead], answers: dict[int, Headers]
    ) -> Iterator[None]:
        """Read the headers of all answers of one key; the ``Vary`` of one counts for all."""
        for head in heads:
            answers[head.number] = self._read_headers(head.number)
            self._matching.learn_varying(head.request, answers[head.number])
            yield

    async def _add_exchanges(
        self, key: RequestKey, heads: deque[ExchangeHead], answers: Mapping[int, Headers]
    ) -> None:
        time_slice = TimeSlice()
        while heads:
            recorded = await self._read(heads[0].request, self._read_recorded)
            head = heads.popleft()
            self._client_values.learn_recorded(recorded.ids)
            fingerprint = self._matching.learn_type(recorded.fingerprint, answers[head.number])
            candidate = self._changes.pop(head.number, None) or self._build_candidate(head)
            self._selector.add(fingerprint, candidate)
            if self._clean_calls is not None:
                call = CleanCall(head.request, candidate.scope, key, fingerprint)
                self._clean_calls.add(head, call)
            self._exempt_many()
            await time_slice.pause_if_over()

    def _exempt_many(self) -> None:
        """Exempt what was indexed from the collector, which else would hold the loop for longer."""
        self._collected += 1
        if self._collected == MANY:
            self._collected = 0
            exempt_from_gc()

    def _read_recorded(self, request: Request) -> _RecordedCall:
        ids = list_ids(request, self._matching.get_rules(request).bound)
        return _RecordedCall(self._matching.split_fingerprint(request), ids)

    async def _read(self, request: Request, read: Callable[[Request], T]) -> T:
        """Return the result of a call that reads a request; a long one is read by a thread.

        The call must change nothing, since it may run beside others.
        """
        if len(request.body) <= _MAX_SHORT_BODY:
            return read(request)
        return await run_in_worker(partial(read, request), self._pool)

    def _build_candidate(self, head: ExchangeHead) -> Candidate:
        return build_candidate(head, self._matching.find_scope(head.request))


class _Locks:
    """A lock for each key, as long as any task holds it or waits for it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[RequestKey, asyncio.Lock] = WeakValueDictionary()

    def get(self, key: RequestKey) -> asyncio.Lock:
        """Return the lock of a key, which is let in in the order of the calls."""
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        return lock

    def has_any(self, keys: Sequence[RequestKey]) -> bool:
        """Return whether one of these locks is in use."""
        return bool(self._locks) and any(key in self._locks for key in keys)


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
