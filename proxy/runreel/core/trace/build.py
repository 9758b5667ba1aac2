"""The trace of an exchange: what it says, read by the table of its API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from operator import sub

from runreel.core.http.sse import StreamEvent, parse_event
from runreel.core.http.stream_reader import MAX_EVENTS, LazyEvent, read_stream_lazily
from runreel.core.trace.facts import read_usage_headers
from runreel.core.trace.model import Trace, TraceEnd, TraceEvent
from runreel.core.trace.reader import FIRST_ERROR_STATUS, AnswerReader, EventMeaning
from runreel.core.trace.request import TracedDialect, read_request
from runreel.core.trace.rules import compile_table
from runreel.core.trace.timing import ArrivalClock, EventArrival, EventArrivals, measure_timing
from runreel.model import Answer, End, Exchange, ExchangeHead, Problem, Request


def build_trace(
    exchange: Exchange,
    dialect: TracedDialect,
    *,
    places: bool = True,
    conversation: bool = True,
    max_events: int = MAX_EVENTS,
) -> Trace:
    """Return the trace of an exchange; never raises, whatever its bodies are.

    ``dialect`` is that of the request. How the answer was split into frames decides nothing but
    the times of its events. Without ``places``, which take time to find, blocks have no pieces;
    without ``conversation``, that of the request is left out. Of a stream of more than
    ``max_events`` events, only the first and the last ones are read.
    """
    answer, request = exchange.answer, exchange.head.request
    builder = TraceBuilder(request, dialect, places=places, conversation=conversation)
    events = read_stream_lazily(answer.headers, answer.body, max_events)
    if events is None:
        builder.read_body(answer)
    else:
        builder.feed_all(events, ArrivalClock(answer.frames))
    return builder.build(exchange.head, answer)


class TraceBuilder:
    """Reads a request at once, and its answer event by event or as a whole."""

    def __init__(
        self,
        request: Request,
        dialect: TracedDialect,
        *,
        places: bool = True,
        conversation: bool = True,
    ) -> None:
        """``places`` and ``conversation`` are as for ``build_trace``."""
        self._dialect = dialect.name
        self._table = dialect.trace_table
        self._request = read_request(request, dialect, places=places, conversation=conversation)
        self._reader = AnswerReader(compile_table(self._table), places=places)
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._arrivals = EventArrivals([], [], [])
        self._meanings: list[EventMeaning] = []
        """The readings of the events, whose blocks may still grow."""
        self._is_stream = False

    def feed(self, stream_event: StreamEvent, raw: bytes, arrival: EventArrival) -> None:
        """Read the next event of a stream; ``raw`` is its bytes."""
        self._is_stream = True
        self._add(stream_event.offset, stream_event.length, arrival)
        self._meanings.append(self._reader.read_event(len(self._starts), stream_event, raw))

    def _add(self, offset: int, length: int, arrival: EventArrival) -> None:
        self._starts.append(offset)
        self._ends.append(offset + length)
        self._arrivals.add(arrival)

    def feed_all(self, events: Iterable[LazyEvent], clock: ArrivalClock) -> None:
        """Read all events of a stream."""
        self._is_stream = True
        starts, ends, meanings = self._starts, self._ends, self._meanings
        repeat_event = self._reader.repeat_event
        for number, (offset, raw, event) in enumerate(events, start=1):
            meaning = None if event is not None else repeat_event(number, offset, raw)
            if meaning is None:
                stream_event = event or _parse_event(offset, raw)
                meaning = self._reader.read_event(number, stream_event, raw)
            starts.append(offset)
            ends.append(offset + len(raw))
            meanings.append(meaning)
        self._arrivals = clock.find_all(starts, ends)

    def read_body(self, answer: Answer) -> None:
        """Read the body of an answer that is not a stream."""
        self._reader.read_body(answer.body, is_error=answer.status >= FIRST_ERROR_STATUS)

    def build(self, head: ExchangeHead, answer: Answer) -> Trace:
        """Return the trace as it is now; ``answer`` is what has arrived of it."""
        blocks = self._reader.transcript.build(by_place=not self._is_stream)
        events = tuple(self._build_events())
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

    def _build_events(self) -> Iterator[TraceEvent]:
        """Yield the events as they are now, put together from columns."""
        meanings, (at_us, first_frames, last_frames) = self._meanings, self._arrivals
        columns: Sequence[Iterable[object]] = (
            range(1, len(meanings) + 1),
            at_us,
            map(sub, at_us, chain((0,), at_us)),
            self._starts,
            self._ends,
            first_frames,
            last_frames,
            [meaning.name for meaning in meanings],
            [meaning.kind for meaning in meanings],
            _number_blocks(meanings),
            [meaning.text for meaning in meanings],
        )
        return map(TraceEvent._make, zip(*columns, strict=False))

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
        place = f"events[{len(self._starts)}]"
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


def _number_blocks(meanings: Iterable[EventMeaning]) -> Iterator[tuple[int, ...]]:
    """Yield the numbers that the blocks of each event have by now."""
    known: dict[int, tuple[int, ...]] = {}
    for meaning in meanings:
        blocks = meaning.blocks
        numbers = known.get(id(blocks))
        if numbers is None:
            numbers = tuple(sorted(block.number for block in blocks if block.number))
            known[id(blocks)] = numbers
        yield numbers
