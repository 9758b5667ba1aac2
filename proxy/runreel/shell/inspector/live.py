"""The live stream of the inspector: ``/-/api/live``, as docs/inspector-api.md describes it.

Of a call under way there are its names, its times and what has been relayed of it; a row comes once
the exchange is sealed and stored.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor

from aiohttp.web_request import BaseRequest

from runreel.core.inspector.growth import AnswerGrowth
from runreel.core.report.documents import ReportDocument
from runreel.shell.inspector.index.library import InspectorLibrary
from runreel.shell.inspector.index.recording_index import IndexedExchange
from runreel.shell.inspector.index.search import read_quietly
from runreel.shell.process.uncancellable import run_in_worker
from runreel.shell.server.activity import Activity, ActivityFeed, ActivityNote
from runreel.shell.server.connection import RawResponse
from runreel.shell.server.event_stream import (
    COMMENT_INTERVAL,
    EventStream,
    encode_event,
    encode_place,
)
from runreel.shell.server.incoming_request import is_from_worker
from runreel.shell.workers.activity_merge import ActivityMerge, follow_others
from runreel.shell.workers.crew import Crew

_PROGRESS_INTERVAL = 0.25
"""Seconds between two reports on the calls that are being answered."""
_CHECK_INTERVAL = 1.0
"""Seconds between two looks for other recordings, and for files that have grown."""
_BATCH_TIME = 0.1
"""Seconds for which notes are collected: many calls cost no more than a few."""
_READING_SHARE = 0.01
"""Most of the time that is spent on reading answers for rows; other rows have no facts yet."""
_READING_BURST = 0.01
_MAX_NEW_ROWS = 200
"""Rows that are sent of a file that has grown."""


class LiveApi:
    """Sends what happens to those who have the page open."""

    def __init__(
        self,
        library: InspectorLibrary,
        activity: Activity,
        pool: Executor,
        crew: Crew | None = None,
        *,
        patience: float = 30.0,
    ) -> None:
        """``pool``: threads that read exchanges. ``crew``: the workers of this port, if there are
        several. ``patience``: seconds after which a reader that reads nothing is dropped."""
        self._library = library
        self._activity = activity
        self._pool = pool
        self._crew = crew
        self._patience = patience
        self._budget = ReadingBudget()

    async def handle(self, request: BaseRequest, after: str) -> RawResponse:
        """Answer one request with a stream; ``after`` is the id of the last event that was read."""
        feed = self._activity.follow(after or request.headers.get("Last-Event-ID", ""))
        try:
            async with (
                follow_others(self._crew, request, feed) as merge,
                EventStream(request, feed.wake, patience=self._patience) as stream,
            ):
                follower = _Follower(
                    self._library, self._activity, feed, self._pool, self._budget, merge=merge
                )
                await follower.run(stream, with_hello=not is_from_worker(request))
        finally:
            self._activity.unfollow(feed)
        return stream.response


class ReadingBudget:
    """The time for reading answers, of which there is a little more each second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rest = _READING_BURST
        self._last = clock()

    def read(self, entry: IndexedExchange) -> None:
        """Read the answer of an exchange for its row, if there is time for it."""
        now = self._clock()
        self._rest = min(_READING_BURST, self._rest + (now - self._last) * _READING_SHARE)
        self._last = now
        if self._rest > 0:
            started = time.thread_time()
            read_quietly(entry)
            self._rest -= time.thread_time() - started


class _Follower:
    """One open page."""

    def __init__(
        self,
        library: InspectorLibrary,
        activity: Activity,
        feed: ActivityFeed,
        pool: Executor,
        budget: ReadingBudget,
        *,
        merge: ActivityMerge,
    ) -> None:
        self._budget = budget
        self._library = library
        self._activity = activity
        self._feed = feed
        self._merge = merge
        self._pool = pool
        self._signature: object = None
        self._known: dict[str, int] = {}
        self._growths: dict[int, AnswerGrowth] = {}
        self._next_check = 0.0
        self._next_comment = 0.0

    async def run(self, stream: EventStream, *, with_hello: bool) -> None:
        """Send events until the server ends, or the reader leaves."""
        now = asyncio.get_running_loop().time
        await self._check_recordings()  # so that all later changes are told
        place = self._feed.last_id
        hello = encode_event("hello", json.dumps({"instance": self._library.instance}), place)
        first = (hello if with_hello else encode_place(place), *self._iter_first())
        await stream.begin(self._merge.adapt_own(b"".join(first)))
        while True:
            is_over = (
                self._activity.is_over and self._merge.is_over
            )  # before the last notes are taken
            notes, missed = self._feed.take()
            events = [encode_event("missed", json.dumps({"notes": missed}))] if missed else []
            events += await self._encode_notes(notes)
            events += self._iter_progress()
            if now() >= self._next_check:
                events += await self._check_recordings()
                self._next_check = now() + _CHECK_INTERVAL
            await stream.send(self._join(events, now()))
            if is_over:
                return await stream.finish(encode_event("over", "{}"))
            has_calls = self._activity.has_calls
            if await stream.wait(_PROGRESS_INTERVAL if has_calls else _CHECK_INTERVAL):
                await asyncio.sleep(_BATCH_TIME)

    def _join(self, events: Iterable[bytes], now: float) -> bytes:
        """Return the events, or a comment if there has been nothing for a while."""
        data = self._merge.adapt_own(b"".join(events)) + self._merge.take()
        if not data and now < self._next_comment:
            return b""
        self._next_comment = now + COMMENT_INTERVAL
        return data or b":\n\n"

    def _iter_first(self) -> Iterator[bytes]:
        """Yield the calls without an exchange, then those under way, if this is no resumption."""
        if self._feed.is_new:
            for note in (*self._activity.list_recent(), *self._feed.first):
                yield encode_event(note.kind, json.dumps(_build_call(note)))

    async def _encode_notes(self, notes: Iterable[ActivityNote]) -> list[bytes]:
        """Return the events for some notes: rows come before the ends that complete them."""
        listed = [(note, _build_call(note)) for note in notes]
        stored = [data for _, data in listed if data.get("number") is not None]
        rows = await run_in_worker(lambda: self._build_rows(stored), self._pool) if stored else {}
        events = []
        for note, data in listed:
            row = rows.get(data["call"]) if note.kind == "end" else None
            events += [encode_event("row", json.dumps(row))] if row else []
            if data.get("miss"):
                miss = {"recording": data["session"], "id": data["miss"], "call": data["call"]}
                events.append(encode_event("miss", json.dumps(miss)))
            id_ = self._activity.format_id(note)
            events.append(encode_event(note.kind, json.dumps(data), id_))
        return events

    def _build_rows(self, ends: Iterable[Mapping[str, object]]) -> dict[object, ReportDocument]:
        """Return the rows of exchanges that are stored, by the numbers of their calls."""
        indexes = {index.recording.name: index for index in self._library.list_indexes()}
        rows: dict[object, ReportDocument] = {}
        for end in ends:
            index, number = indexes.get(str(end["recording"])), end["number"]
            entry = index.get(number) if index and isinstance(number, int) else None
            if entry is not None:
                self._budget.read(entry)
                place = {"call": end["call"], "outcome": end["outcome"]}
                rows[end["call"]] = {**entry.build_row(), **place}
        return rows

    def _iter_progress(self) -> Iterator[bytes]:
        """Yield what has been relayed of the calls under way, if that is more than before."""
        growths: dict[int, AnswerGrowth] = {}
        for number, session, (size, frames), took_us in self._activity.list_progress():
            growth = growths[number] = self._growths.get(number) or AnswerGrowth()
            if growth.add(size, took_us):
                data = {
                    "recording": session,
                    "call": number,
                    "bytes": size,
                    "frames": frames,
                    "duration_us": took_us,
                    "spark": list(growth.draw()),
                }
                yield encode_event("progress", json.dumps(data))
        self._growths = growths

    async def _check_recordings(self) -> list[bytes]:
        """Return an event if the recordings have changed, and the rows of files that have grown."""
        if not self._library.source.is_live:
            rows = await run_in_worker(self._read_new_rows, self._pool)
        else:
            rows = []
        signature = self._library.source.build_signature()
        is_changed = self._signature not in {None, signature}
        self._signature = signature
        events = [encode_event("row", json.dumps(row)) for row in rows]
        return [*events, *([encode_event("recordings", "{}")] if is_changed else ())]

    def _read_new_rows(self) -> list[ReportDocument]:
        """Return the rows of the exchanges that have been added to files."""
        rows: list[ReportDocument] = []
        for index in self._library.list_indexes():
            numbers = index.list_numbers()
            known = self._known.get(index.recording.name, len(numbers))
            self._known[index.recording.name] = len(numbers)
            for number in numbers[known:][:_MAX_NEW_ROWS]:
                entry = index.get(number)
                if entry is not None:
                    read_quietly(entry)
                    rows.append(entry.build_row())
        return rows


def _build_call(note: ActivityNote) -> dict[str, object]:
    """Return the data of a note in the form of a row."""
    data = note.fields
    call = {"recording": data["session"], "started": note.started, **data}
    if note.kind == "end":
        call |= {"number": data["exchange"], "miss": data.get("miss")}
    return call
