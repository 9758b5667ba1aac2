"""Events that are alike but for their holes, and are searched once.

What is found in the first of them, outside of its holes, stands in all of the others too.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

Holes: TypeAlias = Sequence[tuple[int, int]]
"""Where an event's own stands: start and end from the event's beginning, in order."""


class Repeated(NamedTuple):
    """An event, and where in the body those are that are like it."""

    at: int
    end: int
    holes: Holes
    others: Sequence[tuple[int, Holes]]


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
        begun = at + _begin(holes, before)
        for other, its_holes in others:
            yield other + _begin(its_holes, before) - begun


NONE = Repeats(())
"""Nothing is."""


def _begin(holes: Holes, before: int) -> int:
    """Where that begins which stands behind so many holes."""
    return holes[before - 1][1] if before else 0
