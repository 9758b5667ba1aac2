"""Events that are alike but for their holes, and are searched once.

What is found in the first of them, outside of its holes, stands in all of the others too.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

Slots: TypeAlias = Sequence[tuple[int, int]]
"""Where an event's own stands: start and end from the event's beginning, in order."""


class EventBatch(NamedTuple):
    """Events that follow each other and are like one before: where in the body each begins, and,
    for each hole, where it ends in each of them."""

    starts: Sequence[int]
    slot_ends: Sequence[Sequence[int]]

    def offsets_after(self, slot_count: int) -> Sequence[int]:
        """Where in each event that begins which stands behind so many holes."""
        return self.slot_ends[slot_count - 1] if slot_count else self.starts


class RepeatedEvent(NamedTuple):
    """An event, and those that are like it."""

    start: int
    end: int
    slots: Slots
    batches: Sequence[EventBatch]


class EventRepeats:
    """All that is repeated in one body."""

    def __init__(self, repeated: Sequence[RepeatedEvent]) -> None:
        """``repeated``: in the order in which the events stand."""
        self._repeated = repeated

    def iter_shifts(self, start: int, end: int) -> Iterator[int]:
        """How far from these bytes of the body the same bytes stand, for each time that they do."""
        place = bisect_right(self._repeated, start, key=lambda each: each.start) - 1
        if place < 0 or end > self._repeated[place].end:
            return
        at, _, holes, others = self._repeated[place]
        before = bisect_right(holes, start - at, key=lambda hole: hole[1])
        if before < len(holes) and holes[before][0] < end - at:
            return
        begun = at + holes[before - 1][1] if before else at
        for alike in others:
            for other in alike.offsets_after(before):
                yield other - begun


NO_REPEATS = EventRepeats(())
"""Nothing is."""
