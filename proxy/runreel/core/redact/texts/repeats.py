"""Events that are alike but for their holes, and are searched once.

What is found in the first of them, outside of its holes, stands in all of the others too.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

Holes: TypeAlias = Sequence[tuple[int, int]]
"""Where an event's own stands: start and end from the event's beginning, in order."""


class Alike(NamedTuple):
    """Events that follow each other and are like one before: where in the body each begins, and,
    for each hole, where it ends in each of them."""

    begun: Sequence[int]
    ends: Sequence[Sequence[int]]

    def behind(self, holes: int) -> Sequence[int]:
        """Where in each event that begins which stands behind so many holes."""
        return self.ends[holes - 1] if holes else self.begun


class Repeated(NamedTuple):
    """An event, and those that are like it."""

    at: int
    end: int
    holes: Holes
    others: Sequence[Alike]


class Repeats:
    """All that is repeated in one body."""

    def __init__(self, repeated: Sequence[Repeated]) -> None:
        """``repeated``: in the order in which the events stand."""
        self._repeated = repeated

    def shifts(self, start: int, end: int) -> Iterator[int]:
        """How far from these bytes of the body the same bytes stand, for each time that they do."""
        place = bisect_right(self._repeated, start, key=lambda each: each.at) - 1
        if place < 0 or end > self._repeated[place].end:
            return
        at, _, holes, others = self._repeated[place]
        before = bisect_right(holes, start - at, key=lambda hole: hole[1])
        if before < len(holes) and holes[before][0] < end - at:
            return
        begun = at + holes[before - 1][1] if before else at
        for alike in others:
            for other in alike.behind(before):
                yield other - begun


NONE = Repeats(())
"""Nothing is."""
