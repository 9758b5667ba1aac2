"""The trace of an exchange: what it says, read by the table of its API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from runreel.core.http.sse import StreamEvent, parse_event
from runreel.core.http.stream_reader import LazyEvent, read_stream_lazily
from runreel.core.trace.facts import read_usage_headers
from runreel.core.trace.model import Trace, TraceEnd, TraceEvent
from runreel.core.trace.reader import FIRST_ERROR_STATUS, AnswerReader, EventMeaning
from runreel.core.trace.request import TracedDialect, read_request
from runreel.core.trace.rules import compile_table
from runreel.core.trace.timing import ArrivalClock, EventArrival, measure_timing
from runreel.model import Answer, End, Exchange, ExchangeHead, Problem, Request


def build_trace(exchange: Exchange, dialect: TracedDialect, *, places: bool = True) -> Trace:
    """Return the trace of an exchange; never raises, whatever its bodies are.

    ``dialect`` is that of the request. How the answer was split into frames decides nothing but
    the times of its events. Without ``places``, which take time to find, blocks have no pieces.
    """
    answer = exchange.answer
    builder = TraceBuilder(exchange.head.request, dialect, places=places)
    events = read_stream_lazily(answer.headers, answer.body)
    if events is None:
        builder.read_body(answer)
    else:
        builder.feed_all(events, ArrivalClock(answer.frames))
    return builder.build(exchange.head, answer)


_FedEvent: TypeAlias = tuple[int, int, EventArrival, EventMeaning]
"""Offset and length of an event, and how it was read; its blocks may still grow."""


class TraceBuilder:
    """Reads a request at once, and its answer event by event or as a whole."""

    def __init__(self, request: Request, dialect: TracedDialect, *, places: bool = True) -> None:
        """``places`` is as for ``build_trace``."""
        self._dialect = dialect.name
        self._table = dialect.trace_table
        self._request = read_request(request, dialect, places=places)
        self._reader = AnswerReader(compile_table(self._table), places=places)
        self._events: list[_FedEvent] = []
        self._is_stream = False

    def feed(self, stream_event: StreamEvent, raw: bytes, arrival: EventArrival) -> None:
        """Read the next event of a stream; ``raw`` is its bytes."""
        self._is_stream = True
        meaning = self._reader.read_event(len(self._events) + 1, stream_event, raw)
        self._events.append((stream_event.offset, stream_event.length, arrival, meaning))

    def feed_all(self, events: Iterable[LazyEvent], clock: ArrivalClock) -> None:
        """Read all events of a stream."""
        self._is_stream = True
        repeat_event, find_arrival = self._reader.repeat_event, clock.find_range
        for number, (offset, raw, event) in enumerate(events, start=1):
            meaning = None if event is not None else repeat_event(number, offset, raw)
            if meaning is None:
                stream_event = event or _parse_event(offset, raw)
                meaning = self._reader.read_event(number, stream_event, raw)
            length = len(raw)
            self._events.append((offset, length, find_arrival(offset, length), meaning))

    def read_body(self, answer: Answer) -> None:
        """Read the body of an answer that is not a stream."""
        self._reader.read_body(answer.body, is_error=answer.status >= FIRST_ERROR_STATUS)

    def build(self, head: ExchangeHead, answer: Answer) -> Trace:
        """Return the trace as it is now; ``answer`` is what has arrived of it."""
        blocks = self._reader.transcript.build(by_place=not self._is_stream)
        events = tuple(_build_events(self._events))
        end = self._build_end(head, answer)
        return Trace(
            number=head.number,
            dialect=self._dialect,
            operation=self._request.operation or head.operation,
            is_stream=self._is_stream,
            ids=tuple({**self._reader.ids.build(), **self._request.ids}.items()),
            conversation=self._request.conversation,
            events=events,
            blocks=blocks,
            usage=self._reader.usage.build(
                self._request.model,
                self._reader.model,
                read_usage_headers(self._table.usage_headers, answer.headers),
            ),
            timing=measure_timing(
                events,
                answer.frames,
                end_us=head.timings.end_us,
                may_batch=self._table.may_batch,
            ),
            end=end,
            problems=self._collect_problems(head, end),
        )

    def _build_end(self, head: ExchangeHead, answer: Answer) -> TraceEnd:
        has_mark = bool(self._table.terminal) and self._table.needs_terminal
        error = self._reader.error
        if not error and answer.status >= FIRST_ERROR_STATUS:
            error = f"{answer.status} {answer.reason.decode('latin-1')}".rstrip()
        return TraceEnd(
            connection=head.end,
            is_whole=head.whole,
            terminal_event=self._reader.terminal_event,
            needs_terminal=self._is_stream and has_mark,
            error=error,
            status=self._reader.status,
        )

    def _collect_problems(self, head: ExchangeHead, end: TraceEnd) -> tuple[Problem, ...]:
        """Return the problems stored with the exchange, then those that only this reading finds."""
        of_stream = [*self._reader.problems]
        place = f"events[{len(self._events)}]"
        if self._lacks_mark(end) and place not in {path for path, _ in of_stream}:
            message = "is the last one, but it is not the event that ends such a stream"
            of_stream.append(Problem(place, message))
        return tuple(dict.fromkeys((*head.problems, *self._request.problems, *of_stream)))

    def _lacks_mark(self, end: TraceEnd) -> bool:
        """Return whether the server ended a stream without the mark of its API."""
        is_ended = end.is_whole and end.connection is End.COMPLETE and not end.error
        return is_ended and end.needs_terminal and not end.terminal_event


def _parse_event(offset: int, raw: bytes) -> StreamEvent:
    return StreamEvent(parse_event(raw, is_first=offset == 0), offset, len(raw), "")


def _build_events(events: Iterable[_FedEvent]) -> Iterator[TraceEvent]:
    """Yield the events, with the numbers that their blocks have by now."""
    before_us = 0
    for number, (start, length, arrival, meaning) in enumerate(events, start=1):
        blocks = meaning.blocks
        numbers = sorted(block.number for block in blocks if block.number) if blocks else ()
        at_us, first, last = arrival
        kind, text = meaning.kind, meaning.text
        yield TraceEvent(
            *(number, at_us, at_us - before_us, start, start + length, first, last),
            *(meaning.name, kind, tuple(numbers), text),
        )
        before_us = at_us
