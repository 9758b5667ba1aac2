"""The order of paired calls: which of them really are in another order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from runreel.core.diff.align.alignment import RecordedCall
from runreel.core.diff.align.series import CallPair

_REACH = 200
"""Pairs before and after one that are looked at."""


def sort_pairs(
    pairs: Iterable[CallPair], left: Sequence[RecordedCall], right: Sequence[RecordedCall]
) -> list[CallPair]:
    """Return the pairs in the order of the left side; added calls follow their predecessor."""
    counterparts = {pair.right.number: pair for pair in pairs if pair.right is not None}
    positions = {call.number: index for index, call in enumerate(left)}
    keys: dict[int, tuple[int, int]] = {}
    last = -1
    for index, call in enumerate(right):
        pair = counterparts[call.number]
        if pair.left is not None:
            last = positions[pair.left.number]
        keys[call.number] = (last, index + 1)

    def get_key(pair: CallPair) -> tuple[int, int]:
        if pair.left is not None:
            return positions[pair.left.number], 0
        assert pair.right is not None, "a pair has one side at least"  # noqa: S101
        return keys[pair.right.number]

    return sorted([*pairs], key=get_key)


def find_reordered(pairs: Sequence[CallPair]) -> set[int]:
    """Return the indices of pairs that are in another order on the right side.

    Calls that overlap in time on either side have no order, and neither have calls of different
    threads. That of calls without a thread counts only if no calls of the recordings overlap.
    """
    both = [index for index, pair in enumerate(pairs) if pair.left and pair.right]
    moved = _find_moved([_get_moment(pairs[index].right) for index in both])
    if not moved:
        return set()
    is_concurrent = any(
        _has_overlap([getattr(pair, side) for pair in pairs if getattr(pair, side)])
        for side in ("left", "right")
    )
    return {
        both[at]
        for at in moved
        if any(
            _is_reversed(pairs[both[at]], pairs[both[other]], needs_scope=is_concurrent)
            for other in range(max(0, at - _REACH), min(len(both), at + _REACH))
            if other not in moved
        )
    }


def _get_moment(call: RecordedCall | None) -> tuple[int, int]:
    return (0, 0) if call is None else (call.start_ns, call.number)


def _find_moved(moments: Sequence[tuple[int, int]]) -> set[int]:
    """Return the indices outside of a longest ascending subsequence."""
    tails: list[tuple[int, int]] = []
    tail_indices: list[int] = []
    before: list[int] = []
    for index, moment in enumerate(moments):
        at = bisect_left(tails, moment)
        before.append(tail_indices[at - 1] if at else -1)
        tails[at : at + 1] = [moment]
        tail_indices[at : at + 1] = [index]
    kept = set()
    index = tail_indices[-1] if tail_indices else -1
    while index >= 0:
        kept.add(index)
        index = before[index]
    return set(range(len(moments))) - kept


def _has_overlap(calls: Iterable[RecordedCall]) -> bool:
    end = 0
    for call in sorted(calls, key=lambda call: call.start_ns):
        if call.start_ns < end:
            return True
        end = max(end, call.end_ns)
    return False


def _is_reversed(one: CallPair, other: CallPair, *, needs_scope: bool) -> bool:
    """Return whether two pairs have one order on the left, and the other one on the right."""
    scopes = {pair.left.scope for pair in (one, other) if pair.left}
    if len(scopes) > 1 or (needs_scope and scopes == {""}):
        return False
    left = _compare(one.left, other.left)
    right = _compare(one.right, other.right)
    return left * right < 0


def _compare(one: RecordedCall | None, other: RecordedCall | None) -> int:
    """Return -1 if the first call ended before the second began, 1 for the reverse, else 0."""
    if one is None or other is None:
        return 0
    if one.end_ns <= other.start_ns:
        return -1
    return 1 if other.end_ns <= one.start_ns else 0
