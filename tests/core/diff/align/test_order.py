"""The order of calls, and when it counts."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from runreel.core.diff.align.alignment import RecordedCall, build_call
from runreel.core.diff.align.order import find_reordered
from runreel.core.diff.align.series import CallPair
from runreel.core.diff.align.stable_order import iter_in_stable_order
from runreel.dialects import find_dialect
from runreel.model import Timings
from support.build import STARTED_NS, make_head, make_request

THREAD, OTHER_THREAD = b"/v1/threads/thread_1/runs", b"/v1/threads/thread_2/runs"


def make_call(
    number: int, start_s: float, took_s: float = 1, target: bytes = b"/a"
) -> RecordedCall:
    request = make_request(target=target, body=b"%d" % number)
    timings = Timings(STARTED_NS + int(start_s * 1e9), 1, int(took_s * 1e6))
    head = make_head(number=number, request=request, timings=timings, operation="")
    return build_call(replace(head, operation="x"), find_dialect(request))


def pair_up(left: list[RecordedCall], right: list[RecordedCall]) -> list[CallPair]:
    by_number = {call.number: call for call in right}
    return [CallPair(call, by_number[call.number]) for call in left]


def test_calls_one_after_the_other_have_an_order() -> None:
    left = [make_call(1, 0), make_call(2, 2), make_call(3, 4)]
    right = [make_call(1, 0), make_call(3, 2), make_call(2, 4)]
    assert len(find_reordered(pair_up(left, right))) == 1
    assert find_reordered(pair_up(left, left)) == set()


def test_calls_that_overlap_on_one_side_have_none() -> None:
    left = [make_call(1, 0, 9), make_call(2, 2, 9)]
    right = [make_call(2, 0), make_call(1, 2)]
    assert find_reordered(pair_up(left, right)) == set()


@pytest.mark.parametrize(
    ("targets", "with_overlap", "count"),
    [
        ((b"/a", b"/a"), False, 1),
        ((b"/a", b"/a"), True, 0),
        ((THREAD, THREAD), False, 1),
        ((THREAD, THREAD), True, 1),
        ((THREAD, OTHER_THREAD), False, 0),
        ((THREAD, OTHER_THREAD), True, 0),
        ((THREAD, b"/a"), False, 0),
    ],
)
def test_order_counts_within_a_thread_and_in_programs_without_overlaps(
    targets: tuple[bytes, bytes], with_overlap: bool, count: int
) -> None:
    busy = [make_call(9, 0, 90)] if with_overlap else []
    one, other = targets
    left = [*busy, make_call(1, 1, target=one), make_call(2, 3, target=other)]
    right = [*busy, make_call(2, 1, target=other), make_call(1, 3, target=one)]
    assert len(find_reordered(pair_up(left, right))) == count


@given(
    st.lists(st.tuples(st.floats(0, 20), st.floats(0, 5)), max_size=12),
    st.randoms(use_true_random=False),
)
def test_the_stable_order_is_causal_and_does_not_depend_on_the_input(
    spans: list[tuple[float, float]], shuffler: random.Random
) -> None:
    calls = [make_call(number, *span) for number, span in enumerate(spans, start=1)]
    ordered = [*iter_in_stable_order(calls, lambda _: ())]
    assert sorted(call.number for call in ordered) == [call.number for call in calls]
    for index, call in enumerate(ordered):
        assert not [later for later in ordered[index + 1 :] if later.end_ns <= call.start_ns - 1]
    shuffled = [*calls]
    shuffler.shuffle(shuffled)
    assert [*iter_in_stable_order(shuffled, lambda _: ())] == ordered
