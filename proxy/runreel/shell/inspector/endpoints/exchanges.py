"""One exchange: its document, events, bytes, placeholders, and its forms for other tools."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from runreel.core.inspector.pages import (
    build_byte_range,
    build_event_page,
    cut_exchange_document,
)
from runreel.core.inspector.redaction_marks import build_marks_document
from runreel.core.inspector.rule_proposal import SelectedRange, get_body, propose_rule
from runreel.core.interop.formats import EXPORT_FORMATS
from runreel.core.report.documents import SCHEMA_VERSION, ReportDocument
from runreel.core.report.trace_document import build_timeline_document
from runreel.core.trace.model import Trace
from runreel.core.trace.timing import measure_gaps, measure_rates
from runreel.dialects.exchange_reading import ExchangeReading
from runreel.model import Exchange, ExchangeHead
from runreel.shell.inspector.endpoints.parameters import Parameters, parse_number
from runreel.shell.inspector.index.library import InspectorLibrary
from runreel.shell.inspector.index.recording_index import IndexedExchange, RecordingIndex
from runreel.shell.inspector.index.search import read_for_a_while
from runreel.shell.inspector.sources.errors import TooMuchError, UnknownRecordingError

MAX_EVENTS = 1000
"""Most events of a page."""

MAX_COPY = 16 * 1024**2
"""Bytes of a copy."""

_PARTS = ("answer", "request")
COPY_FORMATS = (*EXPORT_FORMATS, "raw")


@dataclass(frozen=True, slots=True)
class InspectedExchange:
    """An exchange that is shown."""

    library: InspectorLibrary
    index: RecordingIndex
    entry: IndexedExchange
    reading: ExchangeReading

    @classmethod
    def find(cls, library: InspectorLibrary, name: str, number: int) -> InspectedExchange:
        """Read an exchange. Raises ``RunreelError`` if it is not there, or cannot be read."""
        index = library.find(name)
        entry = index.get(number)
        if entry is None:
            raise UnknownRecordingError(f"the recording {name[:200]!a} has no exchange {number}")
        return cls(library, index, entry, index.read_whole(entry))

    @property
    def head(self) -> ExchangeHead:
        """Its head."""
        return self.reading.exchange.head

    @property
    def exchange(self) -> Exchange:
        """The whole exchange."""
        return self.reading.exchange

    @property
    def trace(self) -> Trace:
        """Its trace."""
        return self.reading.trace

    @property
    def upstream(self) -> str:
        """Base URL of the API that was recorded; may be empty."""
        return self.index.recording.upstream


def build_exchange(library: InspectorLibrary, parameters: Parameters) -> ReportDocument:
    """Answer ``x/RECORDING/N`` and what is below it."""
    if len(parameters.segments) < 3:
        raise UnknownRecordingError("write x/RECORDING/NUMBER")
    _, name, number, *rest = parameters.segments
    part = "/".join(rest)
    build = _PART_BUILDERS.get(part)
    if build is None:
        raise UnknownRecordingError(f"an exchange has no part {part[:100]!a}")
    inspected = InspectedExchange.find(library, name, parse_number(number))
    return {"schema_version": SCHEMA_VERSION, **build(inspected, parameters)}


def _build_document(inspected: InspectedExchange, parameters: Parameters) -> ReportDocument:
    parameters.end()
    index, entry, reading = inspected.index, inspected.entry, inspected.reading
    document = reading.build_document(first_ns=index.recording.first_ns)
    return {
        "recording": index.recording.name,
        "row": entry.build_row(),
        "exchange": cut_exchange_document(document),
        "figures": build_figures(reading.trace),
        "links": _build_links(index, entry.head.number),
    }


def build_figures(trace: Trace) -> ReportDocument:
    """Return the figures of a stream."""
    gaps = measure_gaps(trace.timing)
    return {
        "gaps": None if gaps is None else gaps._asdict(),
        "rates": measure_rates(trace)._asdict() if trace.is_stream else None,
        "first_event_us": trace.events[0].at_us if trace.events else None,
    }


def _read_links(inspected: InspectedExchange, parameters: Parameters) -> ReportDocument:
    """Return what an exchange leads to, after reading others for some time."""
    parameters.end()
    read_for_a_while([inspected.index])
    return _build_links(inspected.index, inspected.head.number)


def _build_links(index: RecordingIndex, number: int) -> ReportDocument:
    """Return what an exchange leads to; its run is not known until all exchanges are read."""
    numbers = index.list_numbers()
    at = numbers.index(number)
    unread = index.unread_count
    return {
        "previous": numbers[at - 1] if at else None,
        "next": numbers[at + 1] if at + 1 < len(numbers) else None,
        "run": None if unread else next(iter(index.find_run_ids(number)), None),
        "unread": unread,
    }


def _build_events(inspected: InspectedExchange, parameters: Parameters) -> ReportDocument:
    first = parameters.take_number("from", 1)
    limit = parameters.take_number("limit", 500, low=1, high=MAX_EVENTS)
    parameters.end()
    trace, events = inspected.reading.trace, inspected.reading.events
    start = max(first - 1, 0)
    page = trace._replace(events=trace.events[start : start + limit])
    timeline = build_timeline_document(page, events[start : start + limit])
    return build_event_page(timeline, total=len(trace.events))


def _build_bytes(inspected: InspectedExchange, parameters: Parameters) -> ReportDocument:
    part = parameters.take_choice("part", _PARTS)
    start = parameters.take_number("from", 0)
    end = parameters.take_number("to", start + 65_536)
    parameters.end()
    return {"part": part, **build_byte_range(get_body(inspected.exchange, part), start, end)}


def _build_marks(inspected: InspectedExchange, parameters: Parameters) -> ReportDocument:
    parameters.end()
    return build_marks_document(inspected.exchange)


def _build_rule(inspected: InspectedExchange, parameters: Parameters) -> ReportDocument:
    part = parameters.take_choice("part", _PARTS)
    start = parameters.take_number("from", 0)
    end = parameters.take_number("to", start)
    parameters.end()
    present = inspected.library.config.redact.paths
    return propose_rule(inspected.exchange, SelectedRange(part, start, end), present)


_PART_BUILDERS = {
    "": _build_document,
    "events": _build_events,
    "links": _read_links,
    "bytes": _build_bytes,
    "marks": _build_marks,
    "rule": _build_rule,
}


def copy_exchange(library: InspectorLibrary, parameters: Parameters) -> tuple[str, bytes]:
    """Answer ``x/RECORDING/N/copy``: return the format and the bytes of an exchange in it.

    Raises ``UsageError`` if the call has no such form.
    """
    _, name, number, _ = parameters.segments
    format_name = parameters.take_choice("as", COPY_FORMATS)
    parameters.end()
    inspected = InspectedExchange.find(library, name, parse_number(number))
    body = inspected.exchange.answer.body
    chunks = iter((body,)) if format_name == "raw" else _export(inspected, format_name)
    return format_name, _join(chunks)


def _export(inspected: InspectedExchange, format_name: str) -> Iterator[bytes]:
    return EXPORT_FORMATS[format_name](iter((inspected,)))


def _join(chunks: Iterable[bytes]) -> bytes:
    """Return the chunks as one. Raises ``TooMuchError``."""
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > MAX_COPY:
            raise TooMuchError("this is too much for the page; use: runreel export")
    return bytes(data)
