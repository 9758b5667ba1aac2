"""The trace of an exchange: what it says, read by the table of its API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from runreel.core.http.binary.packed_event import PACKED_NAME
from runreel.core.http.sse import StreamEvent
from runreel.core.http.stream_reader import read_stream
from runreel.core.trace.model import Trace, TraceEnd, TraceEvent
from runreel.core.trace.reader import FIRST_ERROR_STATUS, AnswerReader, EventMeaning
from runreel.core.trace.request import TracedDialect, read_request
from runreel.core.trace.rules import compile_table
from runreel.core.trace.timing import ArrivalClock, EventArrival, measure_timing
from runreel.model import Answer, End, Exchange, ExchangeHead, Problem, Request


def build_trace(exchange: Exchange, dialect: TracedDialect) -> Trace:
    """Return the trace of an exchange; never raises, whatever its bodies are.

    ``dialect`` is that of the request. How the answer was split into frames decides nothing but
    the times of its events.
    """
    answer = exchange.answer
    builder = TraceBuilder(exchange.head.request, dialect)
    events = read_stream(answer.headers, answer.body)
    if events is None:
        builder.read_body(answer)
    clock = ArrivalClock(answer.frames)
    for event in events or ():
        raw = answer.body[event.offset : event.offset + event.length]
        builder.feed(event, raw, clock.find(event))
    return builder.build(exchange.head, answer)


class _FedEvent(NamedTuple):
    """An event as it was read; its blocks may still grow."""

    arrival: EventArrival
    start: int
    end: int
    name: str
    meaning: EventMeaning


class TraceBuilder:
    """Reads a request at once, and its answer event by event or as a whole."""

    def __init__(self, request: Request, dialect: TracedDialect) -> None:
        self._dialect = dialect.name
        self._table = dialect.trace_table
        self._request = read_request(request, dialect)
        self._reader = AnswerReader(compile_table(self._table))
        self._events: list[_FedEvent] = []
        self._is_stream = False

    def feed(self, stream_event: StreamEvent, raw: bytes, arrival: EventArrival) -> None:
        """Read the next event of a stream; ``raw`` is its bytes."""
        self._is_stream = True
        meaning = self._reader.read_event(len(self._events) + 1, stream_event, raw)
        name = stream_event.event.event
        if name == "message":
            name = meaning.name
        elif name == PACKED_NAME:
            name = meaning.name or name
        start, end = stream_event.offset, stream_event.offset + stream_event.length
        self._events.append(_FedEvent(arrival, start, end, name, meaning))

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
            usage=self._reader.usage.build(self._request.model, self._reader.model),
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


def _build_events(events: Iterable[_FedEvent]) -> Iterator[TraceEvent]:
    """Yield the events, with the numbers that their blocks have by now."""
    before_us = 0
    for number, (arrival, start, end, name, meaning) in enumerate(events, start=1):
        blocks = sorted(block.number for block in meaning.blocks if block.number)
        yield TraceEvent(
            number=number,
            at_us=arrival.at_us,
            gap_us=arrival.at_us - before_us,
            start=start,
            end=end,
            first_frame=arrival.first_frame,
            last_frame=arrival.last_frame,
            name=name,
            kind=meaning.kind,
            blocks=tuple(blocks),
            text=meaning.text,
        )
        before_us = arrival.at_us
