"""Sets of ranges of bytes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator


def merge_ranges(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the ranges in order, with those that overlap merged into one, without empty ones."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(extent for extent in ranges if extent[0] < extent[1]):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


class Ranges:
    """The bytes that lie in any of some ranges."""

    def __init__(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Initialize the set. The ranges may overlap, and be in any order."""
        self._merged = merge_ranges(ranges)

    def __len__(self) -> int:
        """Return the number of ranges once those that overlap are merged."""
        return len(self._merged)

    def overlaps(self, start: int, end: int) -> bool:
        """Return whether any byte from ``start`` to ``end`` lies in the ranges."""
        return next(self.iter_common(start, end), None) is not None

    def iter_common(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the parts from ``start`` to ``end`` that lie in the ranges."""
        first = bisect_right(self._merged, start, key=lambda each: each[1])
        last = bisect_left(self._merged, end, key=lambda each: each[0])
        for low, high in self._merged[first:last] if start < end else ():
            yield max(low, start), min(high, end)

    def subtract(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the parts from ``start`` to ``end`` that lie in no range."""
        parts: list[tuple[int, int]] = []
        at = start
        for low, high in self.iter_common(start, end):
            if at < low:
                parts.append((at, low))
            at = high
        return [*parts, (at, end)] if at < end else parts
