"""Figures about the times of a stream."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.trace.model import TraceUsage
from runreel.core.trace.timing import ArrivalClock, measure_gaps, measure_rates
from support.build import make_frames
from support.trace_values import make_timing, make_trace

GAPS = [
    ([5], (5, 5, 5)),
    ([1, 2, 3, 4], (2, 4, 4)),
    (range(1, 101), (50, 95, 100)),
    ([9, 1], (1, 9, 9)),
]


@pytest.mark.parametrize(("gaps", "expected"), GAPS)
def test_gaps(gaps: list[int], expected: tuple[int, int, int]) -> None:
    assert measure_gaps(make_timing(gaps_us=gaps)) == expected


def test_one_event_has_no_gaps() -> None:
    assert measure_gaps(make_timing()) is None


def test_rates_are_of_reported_tokens_only() -> None:
    timing = make_timing()._replace(
        first_content_us=500_000, last_content_us=2_500_000, content_events=10
    )
    assert measure_rates(make_trace(timing=timing)) == (5.0, None, None)
    trace = make_trace(timing=timing, usage=TraceUsage(output_tokens=40))
    assert measure_rates(trace) == (5.0, 20.0, 4.0)
    at_once = timing._replace(last_content_us=500_000)
    assert measure_rates(trace._replace(timing=at_once)) == (None, None, 4.0)


@given(
    st.lists(st.integers(0, 4), max_size=8),
    st.lists(st.integers(1, 4), max_size=8),
)
def test_arrivals_are_the_same_one_by_one_and_all_at_once(
    frame_lengths: list[int], event_lengths: list[int]
) -> None:
    frames = make_frames(*frame_lengths, step_us=7)
    ends = [*accumulate(event_lengths)]
    starts = [end - length for end, length in zip(ends, event_lengths, strict=True)]
    clock = ArrivalClock(frames)
    arrivals = [clock.find_range(*each) for each in zip(starts, event_lengths, strict=True)]
    columns = ArrivalClock(frames).find_all(starts, ends)
    assert list(zip(*columns, strict=True)) == arrivals
