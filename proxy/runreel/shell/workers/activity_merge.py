"""The activity of the other workers, merged into the stream that one worker sends."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from aiohttp.web_request import BaseRequest

from runreel.core.http.sse import SseSplitter
from runreel.core.regex.lazy_pattern import compile_later
from runreel.shell.server.activity import ActivityFeed
from runreel.shell.server.incoming_request import is_from_worker
from runreel.shell.workers.crew import Crew

_ID = compile_later(rb"^id: ([^\n]*+)\n", re.MULTILINE)
_OVER = b"event: over\n"
_CAPACITY = 1000
"""Events that are kept for a slow follower, before no more are read."""
_READ_SIZE = 65536


class LostWorkerError(ConnectionError):
    """Raised when the stream of another worker breaks off."""


class ActivityMerge:
    """Events of several workers, with ids that tell the workers apart."""

    def __init__(
        self, own: int = 0, count: int = 1, wake: Callable[[], None] = lambda: None
    ) -> None:
        """``own`` is the number of this worker; ``wake`` is called when there are more events."""
        self._own = own
        self._count = count
        self._wake = wake
        self._ids: dict[int, bytes] = {}
        self._pending: list[tuple[int, bytes]] = []
        self._has_room = asyncio.Event()
        self._open = 0
        self._is_broken = False
        self._tasks: list[asyncio.Task[None]] = []
        self._writers: list[asyncio.StreamWriter] = []

    async def start(
        self, streams: Sequence[tuple[int, asyncio.StreamReader, asyncio.StreamWriter]]
    ) -> None:
        """Read the streams of the other workers, given with their numbers, from now on.

        Return once all have begun, so that whatever happens in a worker from then on is in them.
        """
        self._open = len(streams)
        beginnings = []
        for number, reader, writer in streams:
            has_begun = asyncio.Event()
            beginnings.append(has_begun.wait())
            self._writers.append(writer)
            self._tasks.append(asyncio.create_task(self._read(number, reader, has_begun)))
        await asyncio.gather(*beginnings)

    def close(self) -> None:
        """Close the streams."""
        for task in self._tasks:
            task.cancel()
        for writer in self._writers:
            writer.close()

    @property
    def is_over(self) -> bool:
        """True if all other workers have ended."""
        return not self._open

    def adapt_own(self, events: bytes) -> bytes:
        """Return events of this worker as events of all workers."""
        if self._count == 1:
            return events
        splitter = SseSplitter()
        return b"".join(self._adapt(self._own, raw) for raw in splitter.feed(events))

    def take(self) -> bytes:
        """Return the events of the other workers since the last time.

        Raises ``LostWorkerError`` if one of them has broken off.
        """
        pending, self._pending = self._pending, []
        self._has_room.set()
        if self._is_broken and not pending:
            raise LostWorkerError("the stream of another worker has broken off")
        return b"".join(self._adapt(number, raw) for number, raw in pending)

    async def _read(
        self, number: int, reader: asyncio.StreamReader, has_begun: asyncio.Event
    ) -> None:
        """Add the events of a stream; ``has_begun`` is set when its place is known, or it ends."""
        is_over = False
        try:
            async for raw in _iter_events(reader):
                if not has_begun.is_set() and (place := _ID.search(raw)):
                    self._ids[number] = place[1]
                    has_begun.set()
                is_over = raw.startswith(_OVER)
                if is_over:
                    break
                await self._add(number, raw)
        except (OSError, EOFError):
            is_over = False
        has_begun.set()
        self._open -= is_over
        self._is_broken = self._is_broken or not is_over
        self._wake()

    async def _add(self, number: int, raw: bytes) -> None:
        while len(self._pending) >= _CAPACITY:
            self._has_room.clear()
            await self._has_room.wait()
        self._pending.append((number, raw))
        self._wake()

    def _adapt(self, number: int, raw: bytes) -> bytes:
        """Return an event with the ids of all workers."""
        match = _ID.search(raw)
        if match is not None:
            self._ids[number] = match[1]
        if b"\ndata: " not in raw:
            return b""  # a comment, or the place at which the stream of a worker begins
        ids = b",".join(self._ids[worker] for worker in sorted(self._ids))
        return _ID.sub(b"id: %b\n" % ids, raw)


@asynccontextmanager
async def follow_others(
    crew: Crew | None, request: BaseRequest, feed: ActivityFeed
) -> AsyncIterator[ActivityMerge]:
    """Follow the other workers with the same request, unless one of them has sent it."""
    if crew is None or is_from_worker(request):
        yield ActivityMerge()
        return
    merge = ActivityMerge(crew.number, crew.count, feed.wake.set)
    try:
        await merge.start(await crew.open_streams(request))
        yield merge
    finally:
        merge.close()


async def _iter_events(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Yield the events of a worker; its answer's head ends as an event does."""
    splitter = SseSplitter()
    await reader.readuntil(b"\r\n\r\n")
    while data := await reader.read(_READ_SIZE):
        for raw in splitter.feed(data):
            yield raw
