"""What two sequences have in common at their ends: what lies between is where they differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import ne


def count_common_prefix(one: Iterable[object], other: Iterable[object]) -> int:
    """How many elements they begin with alike."""
    count = 0
    for differs in map(ne, one, other):
        if differs:
            break
        count += 1
    return count


def count_common_ends(one: Sequence[object], other: Sequence[object]) -> tuple[int, int]:
    """How many elements they begin with alike, and how many of the others they end with alike."""
    first = count_common_prefix(one, other)
    rest = count_common_prefix(reversed(one), reversed(other))
    return first, min(rest, len(one) - first, len(other) - first)
