"""The end of an answer, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runreel.core.http.sse import StreamEvent
from runreel.core.trace.model import TraceEnd
from runreel.model import Answer, End, Exchange

_END_TEXTS: Mapping[End, str] = {
    End.RESET: "the upstream reset the connection",
    End.CLOSED: "the upstream closed the unfinished answer",
    End.TIMEOUT: "the upstream stopped sending",
    End.CLIENT_LEFT: "the client left",
    End.SHUTDOWN: "the proxy was stopped",
}


def describe_end(exchange: Exchange, events: Sequence[StreamEvent], end: TraceEnd) -> str:
    """Describe the end: ``complete``, ``the upstream reset the connection after 3 events`` …

    ``events`` are those of the answer, and ``end`` is that of its trace.
    """
    return f"{_describe_connection(exchange, events)}{_describe_marks(end)}"


def _describe_connection(exchange: Exchange, events: Sequence[StreamEvent]) -> str:
    head = exchange.head
    if head.end is End.COMPLETE:
        return "complete"
    if head.whole:
        return f"{_END_TEXTS[head.end]}; the rest of the answer was still recorded"
    return f"{_END_TEXTS[head.end]}{_describe_progress(exchange.answer, events)}"


def _describe_marks(end: TraceEnd) -> str:
    """Return what the API itself says about the end, if the connection tells something else."""
    if end.terminal_event and not end.is_whole:
        return f"; event {end.terminal_event} had ended the stream"
    lacks_mark = end.needs_terminal and not end.terminal_event and not end.error
    if lacks_mark and end.is_whole and end.connection is End.COMPLETE:
        return ", without the event that ends such a stream"
    return ""


def _describe_progress(answer: Answer, events: Sequence[StreamEvent]) -> str:
    if answer.omitted:
        return ""
    if not events:
        return f" after {_format_count(len(answer.body), 'byte')}"
    is_broken = not events[-1].event.complete
    part = " and part of another" if is_broken else ""
    return f" after {_format_count(len(events) - is_broken, 'event')}{part}"


def _format_count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
