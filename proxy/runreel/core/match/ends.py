"""Count the elements that two sequences share at their ends; they differ in between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import ne


def count_common_prefix(one: Iterable[object], other: Iterable[object]) -> int:
    """Return the number of equal elements at the start of both."""
    count = 0
    for differs in map(ne, one, other):
        if differs:
            break
        count += 1
    return count


def count_common_ends(one: Sequence[object], other: Sequence[object]) -> tuple[int, int]:
    """Return the lengths of the common prefix and of the common suffix, which never overlap."""
    prefix = count_common_prefix(one, other)
    suffix = count_common_prefix(reversed(one), reversed(other))
    return prefix, min(suffix, len(one) - prefix, len(other) - prefix)
