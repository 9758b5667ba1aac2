"""The rows of a recording, read bit by bit: heads at once, answers when there is time for them.

What is kept of an answer is small. The texts of the answers read last are kept as well, within a
limit that all recordings share, so that a search that is refined does not read them again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import suppress

from runreel.core.dialect import DialectFinder
from runreel.core.inspector.rows import ExchangeFacts, RowPlace, build_row, collect_row_facts
from runreel.core.report.documents import ReportDocument
from runreel.core.stats.call_facts import CallFacts, collect_facts
from runreel.core.trace.model import Trace, TraceRun
from runreel.core.trace.runs import group_runs
from runreel.dialects.exchange_reading import ExchangeReading, read_exchange
from runreel.errors import RunreelError
from runreel.model import ExchangeHead
from runreel.shell.inspector.index.caches import ExchangeCaches, strip_trace
from runreel.shell.inspector.sources.errors import NotReadError
from runreel.shell.inspector.sources.recordings import InspectedRecording

_GROUPING_PAUSE = 50
"""Runs are grouped anew after this many times of what it took before."""


class IndexedExchange:
    """An exchange in an index, as a filter sees it; its answer is read when it is needed."""

    __slots__ = ("_index", "call_facts", "damage", "head", "known")

    is_miss = False

    def __init__(self, index: RecordingIndex, head: ExchangeHead) -> None:
        self.head = head
        """Its head; may lack the body of the request."""
        self.known: ExchangeFacts | None = None
        """The facts that have been read of the answer."""
        self.call_facts: CallFacts | None = None
        """The same for figures."""
        self.damage: str | None = None
        """The reason why it cannot be read."""
        self._index = index

    @property
    def is_read(self) -> bool:
        """True if there is nothing more to read for its row."""
        return self.known is not None or self.damage is not None

    @property
    def facts(self) -> Trace:
        """Its trace without texts. Raises ``RunreelError`` if it cannot be read."""
        if self.known is None:
            self._index.read(self)
        if self.known is None:
            raise RunreelError(self.damage or "")
        return self.known.trace

    @property
    def trace(self) -> Trace:
        """Its trace with texts; raises as ``facts`` does."""
        return self._index.read_texts(self)

    @property
    def run_ids(self) -> Sequence[str]:
        """The ids of the runs that it belongs to; reads all exchanges."""
        return self._index.find_run_ids(self.head.number)

    def build_row(self) -> ReportDocument:
        """Return its row, with what is known of it."""
        return build_row(self.head, self.known, self._index.find_place(self))


class RunGroups:
    """The runs of a recording, grouped anew when exchanges are added."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.runs: Sequence[TraceRun] = ()
        self.ids: Mapping[int, Sequence[str]] = {}
        """The ids of the runs of each exchange, by its number."""
        self.are_outdated = True
        self._clock = clock
        self._next_time = 0.0

    @property
    def is_due(self) -> bool:
        """True if they are outdated, and grouping them would not take too much of the time."""
        return self.are_outdated and self._clock() >= self._next_time

    def group(self, traces: Iterable[Trace]) -> None:
        """Group traces, which are given in the order of their requests."""
        started = self._clock()
        self.are_outdated = False
        self.runs = group_runs(traces)
        ids: dict[int, list[str]] = {}
        for run in self.runs:
            for number in run.numbers:
                ids.setdefault(number, []).append(run.id)
        self.ids = ids
        self._next_time = self._clock() + _GROUPING_PAUSE * (self._clock() - started)


class RecordingIndex:
    """The rows of one recording. All methods may be called from any worker thread."""

    def __init__(
        self,
        recording: InspectedRecording,
        find_dialect: DialectFinder,
        caches: ExchangeCaches,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Know nothing yet; ``caches`` are shared by all recordings."""
        self.recording = recording
        self.find_dialect = find_dialect
        self._caches = caches
        self._generation = recording.generation
        self._entries: dict[int, IndexedExchange] = {}
        self._numbers: Sequence[int] = ()
        self._unread: dict[int, None] = {}
        self._runs = RunGroups(clock)
        self._lock = threading.RLock()

    def refresh(self) -> None:
        """Add exchanges that are new, and forget those that were replaced."""
        with self._lock:
            if self._generation != self.recording.generation:
                self._generation = self.recording.generation
                self._entries, self._unread = {}, {}
                self._runs.are_outdated = True
            numbers = self.recording.list_numbers()
            if len(numbers) != len(self._entries):
                for number in sorted(set(numbers) - self._entries.keys()):
                    self._add(number)
                self._runs.are_outdated = True
            self._numbers = numbers

    def _add(self, number: int) -> None:
        self._entries[number] = IndexedExchange(self, self.recording.read_head(number))
        self._unread[number] = None

    def list_numbers(self) -> Sequence[int]:
        """Return the numbers of the exchanges, in ascending order."""
        return self._numbers

    def get(self, number: int) -> IndexedExchange | None:
        """Return the exchange with this number; None: there is none."""
        return self._entries.get(number)

    def read(self, entry: IndexedExchange) -> None:
        """Read the answer of an exchange for its row, if that was not done before."""
        if not entry.is_read:
            self._read(entry)

    def read_next(self) -> bool:
        """Read the answer of one more exchange; return False if all have been read.

        Then the runs are grouped, so that the next page need not wait for that.
        """
        with self._lock:
            entry = self._entries.get(next(iter(self._unread), 0))
        if entry is None:
            self._group_due_runs()
            return False
        with suppress(RunreelError):  # its row says so
            self._read(entry)
        return True

    def read_texts(self, entry: IndexedExchange) -> Trace:
        """Return the trace of an exchange with its texts. Raises ``RunreelError``."""
        return self._caches.texts.get(self._make_key(entry)) or self._read(entry).trace

    def read_whole(self, entry: IndexedExchange) -> ExchangeReading:
        """Return an exchange with its meaning. Raises ``RunreelError`` if it cannot be read."""
        key = self._make_key(entry)
        reading = self._caches.readings.get(key)
        if reading is None:
            reading = self._read(entry)
            self._caches.readings.put(key, reading)
        return reading

    def _make_key(self, entry: IndexedExchange) -> Hashable:
        return id(self), self._generation, entry.head.number

    def _read(self, entry: IndexedExchange) -> ExchangeReading:
        """Read an exchange; it counts as read once its facts are known, or it cannot be read."""
        try:
            return self._collect(entry)
        finally:
            with self._lock:
                self._unread.pop(entry.head.number, None)

    def _collect(self, entry: IndexedExchange) -> ExchangeReading:
        number = entry.head.number
        try:
            reading = read_exchange(self.recording.read_exchange(number), self.find_dialect)
        except RunreelError as error:
            entry.damage = str(error)
            raise
        if entry.known is None:
            entry.known = collect_row_facts(reading.exchange, reading.trace, reading.events)
            head = reading.exchange.head
            entry.call_facts = collect_facts(self.recording.name, head, reading.trace)
        self._caches.texts.put(self._make_key(entry), strip_trace(reading.trace))
        return reading

    def find_place(self, entry: IndexedExchange) -> RowPlace:
        """Return the place of an exchange in this recording."""
        number = entry.head.number
        self._group_due_runs()
        return RowPlace(
            self.recording.name,
            self.recording.first_ns,
            run=next(iter(self._runs.ids.get(number, ())), None),
            outcome=self.recording.find_outcome(number),
            call=self.recording.find_call(number),
            damage=entry.damage,
        )

    def list_runs(self) -> Sequence[TraceRun]:
        """Return all runs. Raises ``NotReadError`` if not all exchanges have been read."""
        if self._unread:
            raise NotReadError("not all exchanges have been read yet")
        if self._runs.are_outdated:
            self._group_runs()
        return self._runs.runs

    def find_run_ids(self, number: int) -> Sequence[str]:
        """Return the ids of the runs that an exchange belongs to; raises as ``list_runs``."""
        self.list_runs()
        return self._runs.ids.get(number, ())

    def _group_due_runs(self) -> None:
        """Group the runs if all exchanges have been read, and it would not take too much time."""
        if not self._unread and self._runs.is_due:
            self._group_runs()

    def _group_runs(self) -> None:
        with self._lock:
            entries = [self._entries[number] for number in self._numbers]
            self._runs.group(entry.known.trace for entry in entries if entry.known is not None)

    @property
    def unread_count(self) -> int:
        """Number of exchanges whose answers have not been read."""
        return len(self._unread)
