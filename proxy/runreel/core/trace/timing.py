"""When the parts of an answer arrived."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from runreel.core.http.sse import StreamEvent
from runreel.core.trace.model import STALL_US, EventKind, TraceEvent, TraceTiming
from runreel.model import Frame


class EventArrival(NamedTuple):
    """When an event arrived, and in which frames."""

    at_us: int
    first_frame: int
    last_frame: int


class ArrivalClock:
    """Finds the arrivals of successive events in the frames of their stream."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        self._times = [frame.dt_us for frame in frames] or [0]
        self._ends = [*accumulate(frame.length for frame in frames)] or [0]
        self._frame = 0

    def find(self, event: StreamEvent) -> EventArrival:
        """Return the arrival of the next event, which is that of its last byte."""
        self._advance(event.offset + 1)
        first = self._frame
        self._advance(event.offset + event.length)
        return EventArrival(self._times[self._frame], first, self._frame)

    def _advance(self, end: int) -> None:
        last = len(self._ends) - 1
        while self._frame < last and self._ends[self._frame] < end:
            self._frame += 1


def measure_timing(
    events: Sequence[TraceEvent],
    frames: Sequence[Frame],
    *,
    end_us: int,
    may_batch: bool,
) -> TraceTiming:
    """Return the timing of an answer; ``events`` is empty if it is not a stream."""
    contents = [event.at_us for event in events if event.kind is EventKind.CONTENT]
    gaps = tuple(event.gap_us for event in events[1:])
    return TraceTiming(
        first_byte_us=next(_iter_data_times(frames), None),
        first_content_us=contents[0] if contents else None,
        last_content_us=contents[-1] if contents else None,
        end_us=end_us,
        gaps_us=gaps,
        stalls=tuple(event.number for event in events[1:] if event.gap_us > STALL_US),
        content_events=len(contents),
        is_token_per_event=not may_batch,
    )


def _iter_data_times(frames: Sequence[Frame]) -> Iterator[int]:
    return (frame.dt_us for frame in frames if frame.length)
