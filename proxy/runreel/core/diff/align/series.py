"""Pair the members of two series of equal calls.

A program polls until a state changes, and how often it does is a matter of timing. So polls that
got the same state in a row count as one. A state that one side never saw is a difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import NamedTuple

from runreel.core.diff.align.alignment import CallSeries, RecordedCall

_MAX_ALIGNED = 1000
"""Members that are aligned by their answers: the time is quadratic."""


class CallPair(NamedTuple):
    """Two calls that are the same, or one without a counterpart."""

    left: RecordedCall | None
    right: RecordedCall | None
    is_repeat: bool = False
    """True for a poll that got the same state as its neighbour, which is paired."""

    @property
    def numbers(self) -> tuple[int, int]:
        """The numbers of both; 0 for none."""
        return self.left.number if self.left else 0, self.right.number if self.right else 0


class _State(NamedTuple):
    """Successive polls that got the same answer."""

    digest: bytes
    calls: Sequence[RecordedCall]


def pair_series(
    series: CallSeries,
    read_left: Callable[[RecordedCall], bytes],
    read_right: Callable[[RecordedCall], bytes],
) -> Iterator[CallPair]:
    """Pair the members of a series; the functions return digests of answers without their ids."""
    left, right = series
    is_polled = left[0].is_polled and len(left) + len(right) > 2
    is_short = len(left) + len(right) <= _MAX_ALIGNED
    if (len(left) == len(right) and not is_polled) or not is_short:
        yield from _pair_in_order(left, right)
        return
    states = _list_states(left, read_left), _list_states(right, read_right)
    if not is_polled:
        states = _split(states[0]), _split(states[1])
    yield from _align(*states)


def _list_states(
    calls: Sequence[RecordedCall], read: Callable[[RecordedCall], bytes]
) -> list[_State]:
    return [_State(digest, tuple(group)) for digest, group in groupby(calls, read)]


def _split(states: Sequence[_State]) -> list[_State]:
    return [_State(state.digest, (call,)) for state in states for call in state.calls]


def _align(left: Sequence[_State], right: Sequence[_State]) -> Iterator[CallPair]:
    digests = [state.digest for state in left], [state.digest for state in right]
    matcher = SequenceMatcher(None, *digests, autojunk=False)
    for _, start, end, new_start, new_end in matcher.get_opcodes():
        old, new = left[start:end], right[new_start:new_end]
        for one, other in zip(old, new, strict=False):
            yield from _pair_states(one, other)
        for state in old[len(new) :]:
            yield from (CallPair(call, None, index > 0) for index, call in enumerate(state.calls))
        for state in new[len(old) :]:
            yield from (CallPair(None, call, index > 0) for index, call in enumerate(state.calls))


def _pair_states(left: _State, right: _State) -> Iterator[CallPair]:
    for pair in _pair_in_order(left.calls, right.calls):
        is_repeat = pair.left is None or pair.right is None
        yield pair._replace(is_repeat=is_repeat)


def _pair_in_order(
    left: Sequence[RecordedCall], right: Sequence[RecordedCall]
) -> Iterator[CallPair]:
    count = min(len(left), len(right))
    yield from (CallPair(*pair) for pair in zip(left[:count], right[:count], strict=True))
    yield from (CallPair(call, None) for call in left[count:])
    yield from (CallPair(None, call) for call in right[count:])
