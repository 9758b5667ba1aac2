"""Exchanges in the list of the inspector."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from runreel.core.http.sse import StreamEvent
from runreel.core.inspector.condensed import condense_trace
from runreel.core.report.documents import ReportDocument, decode_utf8_or_latin1, format_time
from runreel.core.report.ending import describe_end
from runreel.core.trace.model import Trace
from runreel.model import Exchange, ExchangeHead, Frame

SLICES = 24
"""Parts of an answer's duration in a sparkline."""

_MAX_TARGET = 2000
"""Most characters of a target in a row."""
_MAX_NAME = 200
"""Most characters of a model, an operation, a session or an id in a row."""


class ExchangeFacts(NamedTuple):
    """The part of a row for which the answer has to be read."""

    trace: Trace
    """Condensed."""
    events: int
    ending: str
    """The end of the answer, in words."""
    spark: bytes
    """Bytes of the answer in each slice of its duration, in percent of the largest slice."""


class RowPlace(NamedTuple):
    """The place of an exchange, and what the server knows about it."""

    recording: str
    first_ns: int
    """Arrival of the recording's first request, in nanoseconds since 1970."""
    run: str | None = None
    """The id of the run that it belongs to; None if that is not known."""
    outcome: str | None = None
    call: int | None = None
    """The number of the live call."""
    damage: str | None = None
    """The reason why its answer cannot be read."""


def collect_row_facts(
    exchange: Exchange, trace: Trace, events: Iterable[StreamEvent]
) -> ExchangeFacts:
    """Return what a row says of the answer; ``events`` are those of the trace."""
    return ExchangeFacts(
        condense_trace(trace),
        len(trace.events),
        describe_end(exchange, tuple(events), trace.end),
        draw_sparkline(exchange.answer.frames, exchange.head.timings.end_us),
    )


def draw_sparkline(frames: Iterable[Frame], end_us: int) -> bytes:
    """Return the bytes that came in each slice of the time, in percent of the largest slice.

    A slice with any bytes has at least one percent.
    """
    sizes = [0] * SLICES
    span = max(end_us, 1)
    for dt_us, length, _ in frames:
        sizes[min(max(dt_us, 0) * SLICES // span, SLICES - 1)] += length
    largest = max(sizes)
    return bytes(max(1, size * 100 // largest) if size else 0 for size in sizes)


def build_row(head: ExchangeHead, facts: ExchangeFacts | None, place: RowPlace) -> ReportDocument:
    """Return the row of an exchange; what its answer says is None as long as it is not read."""
    return {
        "recording": place.recording,
        "number": head.number,
        "call": place.call,
        "session": head.session[:_MAX_NAME],
        "started": format_time(head.timings.started_ns),
        "after_us": (head.timings.started_ns - place.first_ns) // 1000,
        "method": head.request.method[:_MAX_NAME],
        "target": decode_utf8_or_latin1(head.request.target)[:_MAX_TARGET],
        "operation": head.operation[:_MAX_NAME],
        "dialect": head.dialect[:_MAX_NAME],
        "run": None if place.run is None else place.run[:_MAX_NAME],
        "model": _find_model(head, facts),
        "status": head.status,
        "end": head.end.value,
        "duration_us": head.timings.end_us,
        "bytes": head.size,
        "outcome": place.outcome,
        "redactions": sum(entry.count for entry in head.ledger),
        "damage": place.damage,
        "is_read": facts is not None or place.damage is not None,
        **_build_answer(facts),
    }


def _build_answer(facts: ExchangeFacts | None) -> ReportDocument:
    if facts is None:
        return dict.fromkeys(_ANSWER_MEMBERS)
    trace = facts.trace
    return {
        "ending": facts.ending,
        "is_alarm": trace.end.is_alarm,
        "first_content_us": trace.timing.first_content_us,
        "events": facts.events,
        "input_tokens": trace.usage.input_tokens,
        "output_tokens": trace.usage.output_tokens,
        "problems": len(trace.problems),
        "spark": list(facts.spark),
    }


_ANSWER_MEMBERS = (
    *("ending", "is_alarm", "first_content_us", "events"),
    *("input_tokens", "output_tokens", "problems", "spark"),
)


def _find_model(head: ExchangeHead, facts: ExchangeFacts | None) -> str | None:
    if facts is not None:
        usage = facts.trace.usage
        return (usage.answered_model or usage.requested_model)[:_MAX_NAME] or None
    model = head.summary.get("model")
    return model[:_MAX_NAME] if isinstance(model, str) and model else None
