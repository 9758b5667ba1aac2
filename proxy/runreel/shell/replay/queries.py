"""Build the query of each request without blocking the event loop.

Redacting takes some 0.2 microseconds a byte. Short requests are redacted at once; a longer one in a
worker thread, with a redactor of its own, while the event loop serves other clients. Both redactors
add the values that they find to one vault.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from functools import lru_cache, partial
from threading import Lock

from runreel.core.bind.bound_values import ClientValues
from runreel.core.http.headers import find_header
from runreel.core.match.matching import Matching
from runreel.core.redact.redactor import Redactor
from runreel.core.redact.vault import Vault
from runreel.core.replay.clean_calls import CleanCalls
from runreel.core.replay.match import ReplayQuery
from runreel.core.replay.query import build_query
from runreel.model import Request
from runreel.shell.process.uncancellable import run_in_worker

MAX_SHORT_BODY = 16_384
"""Bytes of a body up to which a request is redacted in the event loop, in a few milliseconds."""

_CACHED_QUERIES = 256
_MAX_CACHED_BODY = 65_536
"""Bytes; queries of requests with a longer body are not cached."""


class SharedVault(Vault):
    """A vault to which several threads may add values."""

    def __init__(self, *, max_values: int | None = None, refuses_excess: bool = True) -> None:
        super().__init__(max_values=max_values, refuses_excess=refuses_excess)
        self._lock = Lock()

    def assign_placeholder(
        self, kind: str, value: bytes, *, search_everywhere: bool = True
    ) -> bytes:
        """Do the same as any vault, for one thread at a time."""
        with self._lock:
            return super().assign_placeholder(kind, value, search_everywhere=search_everywhere)


class QueryBuilder:
    """Builds the queries of one session."""

    def __init__(
        self,
        redactor: Redactor,
        large_redactor: Redactor,
        matching: Matching,
        *,
        client_values: ClientValues,
        clean_calls: CleanCalls,
        max_body: int,
        pool: Executor | None,
    ) -> None:
        """``large_redactor`` is used in threads of ``pool``; both redactors share one vault.

        ``client_values`` are those that the client has bound to recorded ones, which take their
        place; ``clean_calls`` are those of the cassette. Bodies that would decode to more than
        ``max_body`` bytes are omitted.
        """
        self._client_values = client_values
        self._pool = pool
        self._turn = asyncio.Lock()
        build = partial(build_query, matching=matching, max_body=max_body, clean_calls=clean_calls)
        cached = lru_cache(_CACHED_QUERIES)
        self._build_short = _LastQuery(cached(partial(build, redactor=redactor))).get
        self._build_long = partial(build, redactor=large_redactor)
        self._build_long_cached = cached(self._build_long)

    async def build(self, sent: Request) -> ReplayQuery:
        """Return the query for a request as it was received.

        Long requests are redacted one at a time, in the order of their calls.
        """
        size = len(sent.body)
        is_encoded = find_header(sent.headers, b"content-encoding") is not None
        if size <= MAX_SHORT_BODY and not is_encoded:  # else it may become a long one
            return _build(sent, self._client_values.translate, self._build_short)
        build = self._build_long_cached if size <= _MAX_CACHED_BODY else self._build_long
        async with self._turn:
            translate = self._client_values.copy_translation()
            return await run_in_worker(lambda: _build(sent, translate, build), self._pool)


class _LastQuery:
    """The query that was built last, for a client that repeats its request.

    To compare two bodies takes a twentieth of the time that their hashes in a cache take.
    """

    def __init__(self, build: Callable[[Request], ReplayQuery]) -> None:
        self._build = build
        self._last: tuple[Request, ReplayQuery] | None = None

    def get(self, request: Request) -> ReplayQuery:
        """Return the query for a request."""
        last = self._last
        if last is None or last[0] != request:
            last = self._last = request, self._build(request)
        return last[1]


def _build(
    sent: Request,
    translate: Callable[[Request], Request],
    build: Callable[[Request], ReplayQuery],
) -> ReplayQuery:
    """Return the query for a request with recorded values in place of the client's own."""
    translated = translate(sent)
    query = build(translated)
    return query if translated is sent else query._replace(original=sent)
