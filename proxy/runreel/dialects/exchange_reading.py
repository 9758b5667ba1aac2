"""An exchange with everything that its dialect reads out of it, as all views show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runreel.core.dialect import DialectFinder
from runreel.core.http.sse import StreamEvent
from runreel.core.http.stream_reader import read_stream
from runreel.core.report.documents import ReportDocument, build_exchange_document
from runreel.core.trace.build import build_trace
from runreel.core.trace.model import Trace
from runreel.dialects.assistants import Assistants
from runreel.dialects.assistants.run_request_fields import (
    RunRequestFields,
    collect_run_request_fields,
)
from runreel.model import Exchange


@dataclass(frozen=True, slots=True)
class ExchangeReading:
    """An exchange with its meaning."""

    exchange: Exchange
    events: Sequence[StreamEvent]
    """The events of its answer, as they are in the stream."""
    trace: Trace
    run: RunRequestFields | None
    """The fields of its request, if that creates or continues a run."""

    def build_document(self, *, first_ns: int) -> ReportDocument:
        """Return the reading as a JSON document.

        ``first_ns`` is the arrival time of the cassette's first request.
        """
        return build_exchange_document(
            self.exchange,
            first_ns=first_ns,
            events=self.events,
            trace=self.trace,
            run=None if self.run is None else _build_run_document(self.run),
        )


def trace_exchange(
    exchange: Exchange, find_dialect: DialectFinder, *, places: bool = True
) -> Trace:
    """Return the trace of an exchange, by the dialect of its request.

    Without ``places``, blocks have no pieces.
    """
    return build_trace(exchange, find_dialect(exchange.head.request), places=places)


def read_exchange(exchange: Exchange, find_dialect: DialectFinder) -> ExchangeReading:
    """Read an exchange; never raises, whatever its bodies are."""
    request, answer = exchange.head.request, exchange.answer
    is_create_run = find_dialect(request).name == Assistants.name  # others may have its path
    return ExchangeReading(
        exchange=exchange,
        events=read_stream(answer.headers, answer.body) or (),
        trace=trace_exchange(exchange, find_dialect),
        run=collect_run_request_fields(request) if is_create_run else None,
    )


def _build_run_document(run: RunRequestFields) -> ReportDocument:
    """Return the request's fields as JSON, without its problems: the exchange lists them all."""
    return {
        "operation": run.operation,
        "thread_id": run.thread_id,
        "run_id": run.run_id,
        "include": run.include,
        "fields": run.fields,
        "unknown": run.unknown,
    }
