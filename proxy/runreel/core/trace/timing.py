"""Arrival times of the parts of an answer."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import accumulate, compress, repeat
from typing import NamedTuple

from runreel.core.http.sse import StreamEvent
from runreel.core.trace.model import STALL_US, EventKind, Trace, TraceEvent, TraceTiming
from runreel.model import Frame, list_lengths, list_times


class EventArrival(NamedTuple):
    """The arrival time of an event, and its frames."""

    at_us: int
    first_frame: int
    last_frame: int


class EventArrivals(NamedTuple):
    """The arrivals of successive events, in columns."""

    at_us: list[int]
    first_frames: list[int]
    last_frames: list[int]

    def add(self, arrival: EventArrival) -> None:
        """Add that of the next event."""
        for column, value in zip(self, arrival, strict=True):
            column.append(value)


class ArrivalClock:
    """Finds the arrivals of successive events in the frames of their stream."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        self._times = array("q", list_times(frames)) or array("q", [0])
        self._ends = array("q", accumulate(list_lengths(frames))) or array("q", [0])
        self._last = len(self._ends) - 1
        self._frame = 0

    def find(self, event: StreamEvent) -> EventArrival:
        """Return the arrival of the next event, which is that of its last byte."""
        return self.find_range(event.offset, event.length)

    def find_range(self, offset: int, length: int) -> EventArrival:
        """Return the arrival of the next event, given its range."""
        ends, last, frame = self._ends, self._last, self._frame
        start, end = offset + 1, offset + length
        while frame < last and ends[frame] < start:
            frame += 1
        first = frame
        while frame < last and ends[frame] < end:
            frame += 1
        self._frame = frame
        return EventArrival(self._times[frame], first, frame)

    def find_all(self, starts: Sequence[int], ends: Sequence[int]) -> EventArrivals:
        """Return the arrivals of all events of a stream, given their ranges."""
        if len(self._ends) == len(ends) and self._ends == array("q", ends):
            numbers = list(range(len(ends)))
            return EventArrivals([*self._times], numbers, numbers)
        find = partial(bisect_left, self._ends)
        last = repeat(self._last)
        firsts = list(map(min, map(find, (start + 1 for start in starts)), last))
        lasts = list(map(max, firsts, map(min, map(find, ends), last)))
        return EventArrivals([self._times[frame] for frame in lasts], firsts, lasts)


def measure_timing(
    events: Sequence[TraceEvent],
    frames: Sequence[Frame],
    *,
    end_us: int,
    may_batch: bool,
) -> TraceTiming:
    """Return the timing of an answer; ``events`` is empty if it is not a stream."""
    contents = [event.at_us for event in events if event.kind is EventKind.CONTENT]
    gaps = [event.gap_us for event in events[1:]]
    return TraceTiming(
        first_byte_us=next(_iter_data_times(frames), None),
        first_content_us=contents[0] if contents else None,
        last_content_us=contents[-1] if contents else None,
        end_us=end_us,
        gaps_us=tuple(gaps),
        stalls=tuple(number for number, gap in enumerate(gaps, start=2) if gap > STALL_US),
        content_events=len(contents),
        is_token_per_event=not may_batch,
    )


class GapFigures(NamedTuple):
    """The gaps between the events of a stream, in microseconds."""

    p50_us: int
    p95_us: int
    max_us: int


class RateFigures(NamedTuple):
    """The speed of a stream; None for what cannot be known."""

    events_per_second: float | None
    tokens_per_second: float | None
    """Output tokens as reported, from the first to the last event with content."""
    tokens_per_event: float | None
    """Output tokens as reported for each event with content."""


def measure_gaps(timing: TraceTiming) -> GapFigures | None:
    """Return the gaps of a stream; None if it has fewer than two events.

    A percentile is the smallest gap that at least so many percent of the gaps do not exceed.
    """
    if not timing.gaps_us:
        return None
    gaps = sorted(timing.gaps_us)
    return GapFigures(_find_percentile(gaps, 50), _find_percentile(gaps, 95), gaps[-1])


def measure_rates(trace: Trace) -> RateFigures:
    """Return how fast the events and the reported tokens of a stream arrived."""
    timing, tokens = trace.timing, trace.usage.output_tokens
    first_us, last_us = timing.first_content_us, timing.last_content_us
    seconds = 0.0 if first_us is None or last_us is None else (last_us - first_us) / 1_000_000
    return RateFigures(
        events_per_second=_divide(timing.content_events, seconds),
        tokens_per_second=_divide(tokens, seconds),
        tokens_per_event=_divide(tokens, timing.content_events),
    )


def _divide(count: int | None, by: float) -> float | None:
    return count / by if count and by else None


def _find_percentile(values: Sequence[int], percent: int) -> int:
    return values[max(0, -(-len(values) * percent // 100) - 1)]


def _iter_data_times(frames: Sequence[Frame]) -> Iterator[int]:
    return compress(list_times(frames), list_lengths(frames))
