"""When each event of an answer came, and in a few words what it said.

An event has come when its last byte has: its moment is that of the frame which brought that byte. A
frame may bring half an event, or ten.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate
from typing import NamedTuple

from runreel.core.dialect import Dialect, Outline, ToolCall
from runreel.core.http import sse
from runreel.core.http.sse import SseEvent, StreamEvent
from runreel.model import Answer, Exchange


class TimelineEntry(NamedTuple):
    """One event, when it came, and its gist."""

    number: int
    """Counted from 1."""
    at_us: int
    """Microseconds since the request."""
    gap_us: int
    """Microseconds since the event before; for the first one, since the request."""
    stream_event: StreamEvent
    gist: str
    """What the event says: a piece of text, of arguments, a status, an id; else its data."""


def is_stream(answer: Answer) -> bool:
    """Whether it is a stream of events by its type, or by its first bytes where that is wrong."""
    return answer.body.startswith((b"event:", b"data:")) or any(
        name.lower() == b"content-type" and value.lower().startswith(b"text/event-stream")
        for name, value in answer.headers
    )


def build_timeline(exchange: Exchange, dialect: Dialect) -> tuple[TimelineEntry, ...]:
    """Every event of the answer, comments too, in order; none where it is no stream."""
    return tuple(_iter_entries(exchange, dialect)) if is_stream(exchange.answer) else ()


def count_events(answer: Answer) -> int:
    """How many events the answer has, comments and a broken last one too."""
    return len(sse.parse_events(answer.body)) if is_stream(answer) else 0


def _iter_entries(exchange: Exchange, dialect: Dialect) -> Iterator[TimelineEntry]:
    answer = exchange.answer
    ends = list(accumulate(frame.length for frame in answer.frames))
    before_us = 0
    for number, item in enumerate(sse.parse_events(answer.body), start=1):
        end = item.offset + item.length
        at_us = answer.frames[bisect_left(ends, end)].dt_us
        alone = replace(answer, body=answer.body[item.offset : end], frames=())
        said = summarize_event(item.event, dialect.outline(exchange.head.request, alone))
        yield TimelineEntry(number, at_us, at_us - before_us, item, said)
        before_us = at_us


def summarize_event(event: SseEvent, outline: Outline) -> str:
    """The event in a few words; ``outline`` is that of this event alone.

    Texts and arguments are quoted as Python does it, so that blanks at their ends can be seen.
    """
    status = outline.status or _find_status(event.data)
    said = (status, *map(_format_call, outline.tool_calls), *map(repr, outline.texts))
    return " ".join(filter(None, said)) or " ".join(outline.ids.values()) or _format_raw(event)


def _find_status(data: str) -> str:
    """The status that most objects of most APIs have."""
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
