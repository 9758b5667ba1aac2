"""The rows of a recording, read bit by bit: heads at once, answers when there is time for them.

What is kept of an answer is small. The texts of the answers read last are kept as well, within a
limit that all recordings share, so that a search that is refined does not read them again.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from runreel.core.dialect import DialectFinder
from runreel.core.inspector.condensed import condense_trace
from runreel.core.inspector.rows import ExchangeFacts, RowPlace, build_row, collect_row_facts
from runreel.core.report.documents import ReportDocument
from runreel.core.trace.model import Trace, TraceRun
from runreel.core.trace.runs import group_runs
from runreel.dialects.exchange_reading import ExchangeReading, read_exchange
from runreel.errors import RunreelError
from runreel.model import ExchangeHead
from runreel.shell.inspector.sources.recordings import InspectedRecording

_TEXTS_SIZE = 64 * 1024**2
"""Characters of the texts that are kept."""
_GROUPING_PAUSE = 50
"""Runs are grouped anew after this many times of what it took before."""


class TextCache:
    """The traces with texts that were read last, up to a number of characters."""

    def __init__(self, size: int = _TEXTS_SIZE) -> None:
        self._rest = size
        self._traces: OrderedDict[tuple[int, int], tuple[Trace, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[int, int]) -> Trace | None:
        """Return a trace; None if it is not kept any more."""
        with self._lock:
            if key not in self._traces:
                return None
            self._traces.move_to_end(key)
            return self._traces[key][0]

    def put(self, key: tuple[int, int], trace: Trace) -> None:
        """Keep a trace, without what no search needs."""
        slim = condense_trace(trace)._replace(
            conversation=tuple(block._replace(pieces=()) for block in trace.conversation),
            blocks=tuple(block._replace(pieces=()) for block in trace.blocks),
        )
        size = sum(len(block.text) + 200 for block in (*slim.conversation, *slim.blocks)) + 1000
        with self._lock:
            self._rest += self._traces.pop(key, (slim, 0))[1]
            self._traces[key] = slim, size
            self._rest -= size
            while self._rest < 0 and self._traces:
                _, (_, dropped) = self._traces.popitem(last=False)
                self._rest += dropped


class IndexedExchange:
    """An exchange in an index, as a filter sees it; its answer is read when it is needed."""

    __slots__ = ("_index", "damage", "head", "known")

    is_miss = False

    def __init__(self, index: RecordingIndex, head: ExchangeHead) -> None:
        self.head = head
        """Its head; may lack the body of the request."""
        self.known: ExchangeFacts | None = None
        """What has been read of the answer."""
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


class NotReadError(RunreelError):
    """A question that can be answered only when all exchanges have been read."""


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
        texts: TextCache,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``texts`` are shared by all recordings."""
        self.recording = recording
        self.find_dialect = find_dialect
        self._texts = texts
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
                for number in numbers:
                    self._add(number)
                self._runs.are_outdated = True
            self._numbers = numbers

    def _add(self, number: int) -> None:
        if number not in self._entries:
            entry = IndexedExchange(self, self.recording.read_head(number))
            self._entries[number] = entry
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
        """Read the answer of one more exchange; return False if all have been read."""
        number = next(iter(self._unread), None)
        if number is not None:
            with suppress(RunreelError):  # its row says so
                self._read(self._entries[number])
        return number is not None

    def read_texts(self, entry: IndexedExchange) -> Trace:
        """Return the trace of an exchange with its texts. Raises ``RunreelError``."""
        trace = self._texts.get((id(self), entry.head.number))
        return self._read(entry) if trace is None else trace

    def _read(self, entry: IndexedExchange) -> Trace:
        with self._lock:
            number = entry.head.number
            self._unread.pop(number, None)
            try:
                reading = read_exchange(self.recording.read_exchange(number), self.find_dialect)
            except RunreelError as error:
                entry.damage = str(error)
                raise
            self.learn(entry, reading)
            return reading.trace

    def learn(self, entry: IndexedExchange, reading: ExchangeReading) -> None:
        """Keep what a row says of an exchange that was read."""
        if entry.known is None:
            entry.known = collect_row_facts(reading.exchange, reading.trace, reading.events)
        self._unread.pop(entry.head.number, None)
        self._texts.put((id(self), entry.head.number), reading.trace)

    def find_place(self, entry: IndexedExchange) -> RowPlace:
        """Return the place of an exchange in this recording."""
        number = entry.head.number
        if not self._unread and self._runs.is_due:
            self._group_runs()
        return RowPlace(
            self.recording.name,
            self.recording.first_ns,
            run=next(iter(self._runs.ids.get(number, ())), None),
            outcome=self.recording.find_outcome(number),
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

    def _group_runs(self) -> None:
        with self._lock:
            entries = [self._entries[number] for number in self._numbers]
            self._runs.group(entry.known.trace for entry in entries if entry.known is not None)

    @property
    def unread_count(self) -> int:
        """Number of exchanges whose answers have not been read."""
        return len(self._unread)
