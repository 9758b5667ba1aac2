"""One exchange: its document, its events, its bytes."""

from __future__ import annotations

from runreel.core.inspector.pages import (
    MAX_BYTES,
    build_byte_range,
    build_event_page,
    cut_exchange_document,
)
from runreel.core.report.documents import SCHEMA_VERSION, ReportDocument
from runreel.core.report.trace_document import build_timeline_document
from runreel.dialects.exchange_reading import read_exchange
from runreel.shell.inspector.index.library import UnknownRecordingError
from runreel.shell.inspector.index.recording_index import RecordingIndex

MAX_EVENTS = 1000
"""Most events of a page."""


class InspectedExchange:
    """An exchange that is shown."""

    def __init__(self, index: RecordingIndex, number: int) -> None:
        """Read it. Raises ``RunreelError`` if it is not there, or cannot be read."""
        entry = index.get(number)
        if entry is None:
            name = index.recording.name[:200]
            raise UnknownRecordingError(f"the recording {name!a} has no exchange {number}")
        self._index = index
        self._entry = entry
        self._exchange = index.recording.read_exchange(number)

    def build_document(self) -> ReportDocument:
        """Return its document without events, cut."""
        index, entry = self._index, self._entry
        reading = read_exchange(self._exchange, index.find_dialect)
        index.learn(entry, reading)
        document = reading.build_document(first_ns=index.recording.first_ns)
        return {
            "schema_version": SCHEMA_VERSION,
            "recording": index.recording.name,
            "row": entry.build_row(),
            "exchange": cut_exchange_document(document),
            "links": self._build_links(),
        }

    def _build_links(self) -> ReportDocument:
        numbers = self._index.list_numbers()
        at = numbers.index(self._entry.head.number)
        return {
            "previous": numbers[at - 1] if at else None,
            "next": numbers[at + 1] if at + 1 < len(numbers) else None,
            "run": self._index.find_place(self._entry).run,
            "miss": None,
        }

    def build_events(self, *, first: int, limit: int) -> ReportDocument:
        """Return a page of its events."""
        reading = read_exchange(self._exchange, self._index.find_dialect)
        timeline = build_timeline_document(reading.trace, reading.events)
        page = build_event_page(timeline, first=first, limit=limit)
        return {"schema_version": SCHEMA_VERSION, **page}

    def build_bytes(self, part: str, *, start: int, end: int) -> ReportDocument:
        """Return bytes of its request's or answer's body."""
        exchange = self._exchange
        data = exchange.head.request.body if part == "request" else exchange.answer.body
        page = build_byte_range(data, start, min(end, start + MAX_BYTES))
        return {"schema_version": SCHEMA_VERSION, "part": part, **page}
