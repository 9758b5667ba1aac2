"""The order of calls, and when it counts."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from runreel.core.diff.align.alignment import RecordedCall, build_call
from runreel.core.diff.align.order import find_reordered
from runreel.core.diff.align.series import CallPair
from runreel.core.diff.align.stable_order import iter_in_stable_order
from runreel.dialects import find_dialect
from runreel.model import Timings
from support.build import STARTED_NS, make_head, make_request


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


def test_in_a_recording_with_overlaps_order_needs_an_id_in_common() -> None:
    busy = make_call(9, 0, 90)
    thread = b"/v1/threads/thread_1/runs"
    for target, expected in ((b"/a", 0), (thread, 1)):
        left = [busy, make_call(1, 1, target=target), make_call(2, 3, target=target)]
        right = [busy, make_call(2, 1, target=target), make_call(1, 3, target=target)]
        assert len(find_reordered(pair_up(left, right))) == expected, target


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
