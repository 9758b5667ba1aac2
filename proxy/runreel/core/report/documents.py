"""Cassettes and exchanges as JSON documents, for programs and for views.

Within one ``SCHEMA_VERSION``, keys may be added but not changed or removed. Durations are whole
microseconds, timestamps are in UTC. Bytes are given as text if they are UTF-8, else in base64.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import TypeAlias

from runreel.core.cassette import CassetteHeader, Damage, TornTail
from runreel.core.http.sse import StreamEvent
from runreel.core.report.ending import describe_end
from runreel.core.report.trace_document import (
    build_outline_document,
    build_timeline_document,
    build_trace_document,
)
from runreel.core.report.trace_summary import TraceSummary, summarize_trace
from runreel.core.trace.model import Trace
from runreel.model import Answer, Exchange, ExchangeHead, Frame, Headers, OmittedReason, Request

SCHEMA_VERSION = 1

MAX_DEPTH = 64
"""Maximum nesting of a document; JSON writers run out of stack at some hundreds of levels."""

TOO_DEEP = "(nested too deeply to be shown here)"
"""Replacement for values nested more deeply; the text of the body still contains them."""

ReportDocument: TypeAlias = dict[str, object]

_MAX_FRAMES = 100_000
"""Most frames of an answer in its document."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def format_time(ns: int, *, precision: str = "milliseconds") -> str:
    """Format nanoseconds since 1970 as ``2023-11-14T22:13:20.000Z``.

    ``precision`` is a ``timespec`` of ``datetime.isoformat``, such as ``seconds``.
    """
    moment = _EPOCH + timedelta(microseconds=ns // 1000)
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")


def decode_utf8_or_latin1(data: bytes) -> str:
    """Decode bytes of a head as UTF-8 or, if they are not, as Latin-1, which never fails."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def build_cassette_document(
    header: CassetteHeader, torn: TornTail | None, damages: Sequence[Damage]
) -> ReportDocument:
    """Build the document of a cassette: its header and its damage."""
    return {
        "created": format_time(header.created_ns),
        "writer": header.writer,
        "upstream": header.upstream,
        **build_damage_document(torn, damages),
    }


def build_damage_document(torn: TornTail | None, damages: Sequence[Damage]) -> ReportDocument:
    """Build the document of a cassette's damage, by offset and length in bytes."""
    return {
        "torn": None if torn is None else torn._asdict(),
        "damages": [damage._asdict() for damage in damages],
    }


def build_head_document(
    head: ExchangeHead,
    *,
    first_ns: int,
    summary: TraceSummary | None = None,
    with_events: bool = False,
) -> ReportDocument:
    """Build the document of one exchange in a list.

    ``first_ns`` is the start of the first exchange in the list, in nanoseconds; ``summary`` is what
    the answer says, if it has been read, and ``with_events`` adds the number of its events.
    """
    return {
        "number": head.number,
        "session": head.session,
        "started": format_time(head.timings.started_ns),
        "after_us": (head.timings.started_ns - first_ns) // 1000,
        "dialect": head.dialect,
        "operation": head.operation,
        "method": head.request.method,
        "target": decode_utf8_or_latin1(head.request.target),
        "status": head.status,
        "end": head.end.value,
        "whole": head.whole,
        "bytes": head.size,
        "events": None if summary is None or not with_events else summary.events,
        "head_us": head.timings.head_us,
        "end_us": head.timings.end_us,
        "summary": to_plain_json(dict(head.summary)),
        "problems": [problem._asdict() for problem in head.problems],
        "redactions": [entry._asdict() for entry in head.ledger],
        "ruleset": head.ruleset,
        "answered": None if summary is None else summary.to_document(),
    }


def build_exchange_document(
    exchange: Exchange,
    *,
    first_ns: int,
    events: Sequence[StreamEvent],
    trace: Trace,
    run: Mapping[str, object] | None,
) -> ReportDocument:
    """Build the full document of one exchange, which includes that of ``build_head_document``.

    ``events`` are those of the trace; ``run`` holds the fields of a create-run request.
    """
    head = exchange.head
    return {
        **build_head_document(
            head, first_ns=first_ns, summary=summarize_trace(trace), with_events=True
        ),
        "ending": describe_end(exchange, events, trace.end),
        "request": build_request_document(head.request),
        "run": to_plain_json(run),
        "problems": [problem._asdict() for problem in trace.problems],
        "answer": _build_answer_document(exchange.answer),
        "timeline": build_timeline_document(trace, events),
        "outline": build_outline_document(trace),
        "trace": build_trace_document(trace),
    }


def build_request_document(request: Request) -> ReportDocument:
    """Build the document of a request."""
    return {
        "method": request.method,
        "target": decode_utf8_or_latin1(request.target),
        "headers": _decode_headers(request.headers),
        "body": _build_body_document(request.body, request.omitted),
    }


def _build_answer_document(answer: Answer) -> ReportDocument:
    return {
        "status": answer.status,
        "reason": decode_utf8_or_latin1(answer.reason),
        "headers": _decode_headers(answer.headers),
        "body": _build_body_document(answer.body, answer.omitted),
        "frames": [
            {"at_us": frame.dt_us, "length": frame.length, "end_of_chunk": frame.end_of_chunk}
            for frame in _merge_excess(answer.frames)
        ],
    }


def _merge_excess(frames: Sequence[Frame]) -> Sequence[Frame]:
    """Return the frames with those beyond the limit merged into one."""
    kept, rest = frames[:_MAX_FRAMES], frames[_MAX_FRAMES:]
    length = sum(frame.length for frame in rest)
    return (*kept, rest[-1]._replace(length=length)) if rest else kept


def _decode_headers(headers: Headers) -> list[tuple[str, str]]:
    return [(decode_utf8_or_latin1(name), decode_utf8_or_latin1(value)) for name, value in headers]


def _build_body_document(body: bytes, omitted: OmittedReason | None) -> ReportDocument:
    return {
        "size": len(body),
        "omitted": None if omitted is None else omitted.value,
        **_encode_content(body),
    }


def _encode_content(body: bytes) -> ReportDocument:
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"base64": b64encode(body).decode()}


def to_plain_json(value: object, *, levels: int = MAX_DEPTH) -> object:
    """Return a copy that any JSON writer accepts: without infinities and excessive nesting."""
    match value:
        case float() if not isfinite(value):
            return str(value)
        case dict() | list() | tuple() if not levels:
            return TOO_DEEP
        case dict():
            return {name: to_plain_json(item, levels=levels - 1) for name, item in value.items()}
        case list() | tuple():
            return [to_plain_json(item, levels=levels - 1) for item in value]
    return value
