"""The events of exchanges: as server-sent events, and as lines of JSON with their times."""

from __future__ import annotations

from collections.abc import Iterator

from runreel.core.http.stream_reader import read_stream
from runreel.core.report.documents import ReportDocument
from runreel.core.trace.model import Trace
from runreel.errors import UsageError
from runreel.model import Exchange


def join_streams(exchanges: Iterator[Exchange]) -> Iterator[bytes]:
    """Yield the bodies of streams, each after a comment with the number of its exchange.

    A single stream is yielded as it is. Raises ``UsageError`` if an answer is not a stream.
    """
    first = next(exchanges)
    second = next(exchanges, None)
    if second is None:
        yield _get_stream(first)
        return
    for exchange in (first, second, *exchanges):
        yield b": exchange %d\n\n" % exchange.head.number
        body = _get_stream(exchange)
        yield body
        yield b"" if body.endswith(b"\n\n") else b"\n\n"


def _get_stream(exchange: Exchange) -> bytes:
    if read_stream(exchange.answer.headers, exchange.answer.body) is None:
        raise UsageError(f"the answer of exchange {exchange.head.number} is not a stream of events")
    return exchange.answer.body


def iter_event_documents(exchange: Exchange, trace: Trace) -> Iterator[ReportDocument]:
    """Yield a document for each event; one for the whole body of an answer without events.

    Times are whole microseconds since the request.
    """
    answer = exchange.answer
    stream = read_stream(answer.headers, answer.body) or ()
    for event, item in zip(trace.events, stream, strict=True):
        yield {
            "exchange": exchange.head.number,
            "event": event.number,
            "at_us": event.at_us,
            "gap_us": event.gap_us,
            "name": event.name,
            "kind": event.kind.value,
            "id": item.event.id,
            "comments": list(item.event.comments),
            "data": item.event.data,
        }
    if not stream and answer.body:
        yield {
            "exchange": exchange.head.number,
            "event": 0,
            "at_us": exchange.head.timings.end_us,
            "data": answer.body.decode("utf-8", "replace"),
        }
