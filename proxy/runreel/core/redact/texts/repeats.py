"""Events that repeat an earlier one outside of their slots, so that they are searched only once.

What is found in the first of them, outside of its slots, is in all of the others too, at the same
distance from the slot before it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class EventBatch(NamedTuple):
    """Adjacent events that repeat an earlier one, by their offsets in the body."""

    starts: Sequence[int]
    """The start of each event."""
    slot_ends: Sequence[Sequence[int]]
    """For each slot: its end in each event."""

    def offsets_after(self, slot_count: int) -> Sequence[int]:
        """Return for each event the offset just after its first ``slot_count`` slots."""
        return self.slot_ends[slot_count - 1] if slot_count else self.starts


class RepeatedEvent(NamedTuple):
    """An event, by its range in the body, and the events that repeat it."""

    start: int
    end: int
    slots: list[tuple[int, int]]
    """Ranges of the event that may differ, from its start, in order."""
    batches: list[EventBatch]


class EventRepeats:
    """The repeated events of one body."""

    def __init__(self, events: Sequence[RepeatedEvent]) -> None:
        """``events`` are in the order of the body."""
        self._events = events

    def iter_shifts(self, start: int, end: int) -> Iterator[int]:
        """Yield the distances from this range of the body to its repetitions.

        Yields nothing if the range touches a slot or lies outside of repeated events.
        """
        index = bisect_right(self._events, start, key=lambda event: event.start) - 1
        if index < 0 or end > self._events[index].end:
            return
        event_start, _, slots, batches = self._events[index]
        slot_count = bisect_right(slots, start - event_start, key=lambda slot: slot[1])
        if slot_count < len(slots) and slots[slot_count][0] < end - event_start:
            return
        anchor = event_start + (slots[slot_count - 1][1] if slot_count else 0)
        for batch in batches:
            for offset in batch.offsets_after(slot_count):
                yield offset - anchor


NO_REPEATS = EventRepeats(())
"""Nothing is repeated."""
