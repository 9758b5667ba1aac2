"""Pages of the list of exchanges: a search that goes on where the page before it has ended."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import quote, unquote

from runreel.core.filter.nodes import Filter
from runreel.core.report.documents import SCHEMA_VERSION, ReportDocument
from runreel.errors import RunreelError, UsageError
from runreel.shell.inspector.index.recording_index import IndexedExchange, RecordingIndex
from runreel.shell.inspector.sources.errors import NotReadError

MAX_ROWS = 2000
"""Most rows of a page."""
MAX_NUMBER = 10**15 - 1
"""Greater than the number of any exchange."""

_SEARCH_TIME = 0.05
"""Seconds for which a page is searched; the next one goes on."""
_READ_TIME = 1.0
"""Seconds for which answers are read; the next request goes on."""
_CURSOR = re.compile(r"([0-9]{1,15})\.([0-9]{1,15})\.([0-9]{1,15})@(.*)")


class ListCursor(NamedTuple):
    """The place at which a page has ended."""

    recording: str
    number: int
    """The last exchange that was searched."""
    searched: int
    """Exchanges searched so far, on all pages."""
    matched: int
    """Rows so far, on all pages."""

    @classmethod
    def parse(cls, text: str) -> ListCursor:
        """Return the cursor of a page; raise ``UsageError`` for any other text."""
        match = _CURSOR.fullmatch(text)
        if match is None:
            raise UsageError("after: this is not the cursor of a page")
        number, searched, matched, name = match.groups()
        return cls(unquote(name), int(number), int(searched), int(matched))

    def __str__(self) -> str:
        return f"{self.number}.{self.searched}.{self.matched}@{quote(self.recording)}"


class ListQuery(NamedTuple):
    """A page to search."""

    filter: Filter
    after: ListCursor | None = None
    limit: int = 500
    descending: bool = False


class _Page:
    """The rows of a page while it is searched, and the cursor at its end."""

    def __init__(self, after: ListCursor) -> None:
        self.entries: list[IndexedExchange] = []
        self.is_begun = False
        self.is_last = True
        self._cursor = after

    def add(self, index: RecordingIndex, entry: IndexedExchange, *, is_match: bool) -> None:
        """Count an exchange that was searched."""
        self.is_begun = True
        if is_match:
            self.entries.append(entry)
        _, _, searched, matched = self._cursor
        name, number = index.recording.name, entry.head.number
        self._cursor = ListCursor(name, number, searched + 1, matched + is_match)

    def build_document(self) -> ReportDocument:
        """Return the members of the page that are about its rows."""
        return {
            "rows": [entry.build_row() for entry in self.entries],
            "next": None if self.is_last else str(self._cursor),
            "searched": self._cursor.searched,
            "matched": self._cursor.matched,
        }


class ListSearch:
    """Searches the exchanges of some recordings."""

    def __init__(
        self, indexes: Sequence[RecordingIndex], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._indexes = indexes
        self._clock = clock

    def search(self, query: ListQuery) -> ReportDocument:
        """Return a page. Raises ``UsageError`` if the cursor names an unknown recording."""
        deadline = self._clock() + _SEARCH_TIME
        page = _Page(query.after or self._make_start(query))
        for index, entry in self._iter_entries(query):
            if len(page.entries) == query.limit or (page.is_begun and self._clock() > deadline):
                page.is_last = False
                break
            try:
                page.add(index, entry, is_match=matches_quietly(query.filter, entry))
            except NotReadError:
                self._read_until(index, deadline)
                page.is_last = False
                break
        self._read_facts(page.entries, deadline)
        return {
            "schema_version": SCHEMA_VERSION,
            **page.build_document(),
            "total": sum(len(index.list_numbers()) for index in self._indexes),
            "unread": sum(index.unread_count for index in self._indexes),
            "recordings": len(self._indexes),
        }

    def _make_start(self, query: ListQuery) -> ListCursor:
        """Return the cursor in front of the first exchange."""
        first = self._indexes[-1 if query.descending else 0].recording.name if self._indexes else ""
        return ListCursor(first, MAX_NUMBER if query.descending else 0, 0, 0)

    def _read_until(self, index: RecordingIndex, deadline: float) -> None:
        """Read answers for what needs all of them, as far as there is time for it."""
        while index.read_next() and self._clock() < deadline:
            pass

    def _iter_entries(self, query: ListQuery) -> Iterator[tuple[RecordingIndex, IndexedExchange]]:
        """Yield the exchanges after the cursor, in the order of the list."""
        step = -1 if query.descending else 1
        indexes = self._indexes[::step]
        after = query.after
        if after is not None:
            names = [index.recording.name for index in indexes]
            if after.recording not in names:
                raise UsageError("after: its recording is not there any more; begin anew")
            indexes = indexes[names.index(after.recording) :]
        start = (MAX_NUMBER if query.descending else 0) if after is None else after.number
        for index in indexes:
            for number in index.list_numbers()[::step]:
                entry = index.get(number)
                is_after = (number - start) * step > 0 or index is not indexes[0]
                if entry is not None and is_after:
                    yield index, entry

    def _read_facts(self, entries: Sequence[IndexedExchange], deadline: float) -> None:
        """Read the answers of the rows, as far as there is time for it."""
        for entry in entries:
            if self._clock() > deadline:
                return
            read_quietly(entry)


def matches_quietly(query: Filter, entry: IndexedExchange) -> bool:
    """Return whether an exchange matches; one that cannot be read matches only by its head."""
    try:
        return query.matches(entry)
    except NotReadError:
        raise
    except RunreelError:
        return False


def read_for_a_while(indexes: Iterable[RecordingIndex]) -> int:
    """Read answers for some time; return the number of those that are left."""
    deadline = time.monotonic() + _READ_TIME
    unread = 0
    for index in indexes:
        while time.monotonic() < deadline and index.read_next():
            pass
        unread += index.unread_count
    return unread


def read_quietly(entry: IndexedExchange) -> None:
    """Read the answer of an exchange for its row, which says so if that is not possible."""
    if not entry.is_read:
        try:
            _ = entry.facts
        except RunreelError:
            return
