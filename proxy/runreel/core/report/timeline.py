"""The timeline of an answer: the time and a summary of each of its events.

An event arrives with its last byte, so its time is that of the frame with this byte. One frame may
hold half an event, or ten of them.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import accumulate
from typing import NamedTuple

from runreel.core.dialect import Dialect, Outline, ToolCall
from runreel.core.http.sse import SseEvent, StreamEvent
from runreel.core.http.stream_reader import read_stream
from runreel.model import Answer, Exchange, Headers

_EVENT_STREAM: Headers = ((b"Content-Type", b"text/event-stream"),)


class TimelineEntry(NamedTuple):
    """An event with its time and a summary."""

    number: int
    """Position of the event, counted from 1."""
    at_us: int
    """Microseconds since the request."""
    gap_us: int
    """Microseconds since the previous event or, for the first one, since the request."""
    stream_event: StreamEvent
    gist: str
    """Summary: text, arguments, status or id in the event; else its data."""


def build_timeline(exchange: Exchange, dialect: Dialect) -> tuple[TimelineEntry, ...]:
    """Return all events of the answer, including comments; none if it is not a stream."""
    answer = exchange.answer
    events = read_stream(answer.headers, answer.body) or ()
    return tuple(_iter_entries(exchange, dialect, events))


def count_events(answer: Answer) -> int:
    """Return the number of events in the answer, including comments and an incomplete last one."""
    return len(read_stream(answer.headers, answer.body) or ())


def _iter_entries(
    exchange: Exchange, dialect: Dialect, events: Iterable[StreamEvent]
) -> Iterator[TimelineEntry]:
    answer = exchange.answer
    ends = list(accumulate(frame.length for frame in answer.frames))
    before_us = 0
    for number, stream_event in enumerate(events, start=1):
        end = stream_event.offset + stream_event.length
        at_us = answer.frames[bisect_left(ends, end)].dt_us
        outline = dialect.outline(exchange.head.request, _isolate(answer, stream_event.event))
        summary = summarize_event(stream_event.event, outline)
        yield TimelineEntry(number, at_us, at_us - before_us, stream_event, summary)
        before_us = at_us


def _isolate(answer: Answer, event: SseEvent) -> Answer:
    """Return an answer of this event alone, which is read as a stream whatever its framing was."""
    lines = "\ndata: ".join(event.data.split("\n"))
    body = f"event: {event.event}\ndata: {lines}\n\n".encode()
    return replace(answer, headers=_EVENT_STREAM, body=body, frames=())


def summarize_event(event: SseEvent, outline: Outline) -> str:
    """Summarize an event; ``outline`` is the outline of this event alone.

    Texts and arguments are quoted as in Python, so that spaces at their ends are visible.
    """
    status = outline.status or _find_status(event.data)
    parts = (status, *map(_format_call, outline.tool_calls), *map(repr, outline.texts))
    return " ".join(filter(None, parts)) or " ".join(outline.ids.values()) or _format_raw(event)


def _find_status(data: str) -> str:
    """Return the ``status`` of a JSON object, which most objects of most APIs have."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return ""
    status = value.get("status") if isinstance(value, dict) else None
    return status if isinstance(status, str) else ""


def _format_call(call: ToolCall) -> str:
    arguments = repr(call.arguments) if call.arguments else ""
    output = f"-> {call.output!r}" if call.output else ""
    name = call.name or ("" if arguments or output else call.kind)
    return " ".join(filter(None, (name, arguments, output)))


def _format_raw(event: SseEvent) -> str:
    if event.data or event.dispatched:
        return event.data
    retry = () if event.retry is None else (f"retry: {event.retry}",)
    return " ".join((*(f": {comment}" for comment in event.comments), *retry))
