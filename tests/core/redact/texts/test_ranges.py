from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.texts.ranges import Ranges, merge_ranges

MERGED = [
    ("none", [], []),
    ("in any order", [(5, 7), (1, 2)], [(1, 2), (5, 7)]),
    ("overlapping", [(1, 4), (3, 6)], [(1, 6)]),
    ("one within another", [(1, 9), (3, 4), (5, 6)], [(1, 9)]),
    ("equal", [(1, 3), (1, 3)], [(1, 3)]),
    ("touching ranges stay two: they may be two secrets", [(1, 3), (3, 5)], [(1, 3), (3, 5)]),
]


@pytest.mark.parametrize(("reason", "ranges", "merged"), MERGED, ids=[c[0] for c in MERGED])
def test_ranges_that_overlap_are_merged(
    reason: str, ranges: list[tuple[int, int]], merged: list[tuple[int, int]]
) -> None:
    assert merge_ranges(ranges) == merged


QUERIES: list[tuple[str, tuple[int, int], list[tuple[int, int]], list[tuple[int, int]]]] = [
    ("before all", (0, 2), [], [(0, 2)]),
    ("within one", (3, 4), [(3, 4)], []),
    ("around one", (1, 7), [(2, 5)], [(1, 2), (5, 7)]),
    ("from one to the next", (4, 9), [(4, 5), (8, 9)], [(5, 8)]),
    ("between two", (5, 8), [], [(5, 8)]),
    ("after all", (10, 12), [], [(10, 12)]),
    ("nothing, within one", (3, 3), [], []),
    ("nothing, outside", (6, 6), [], []),
]


@pytest.mark.parametrize(
    ("reason", "query", "common", "rest"), QUERIES, ids=[c[0] for c in QUERIES]
)
def test_a_query_is_divided_by_the_ranges(
    reason: str,
    query: tuple[int, int],
    common: list[tuple[int, int]],
    rest: list[tuple[int, int]],
) -> None:
    ranges = Ranges([(8, 10), (2, 5)])
    assert [*ranges.iter_common(*query)] == common
    assert ranges.subtract(*query) == rest
    assert ranges.overlaps(*query) is bool(common)


def test_a_set_of_nothing_is_false() -> None:
    assert not Ranges([])
    assert Ranges([(0, 1)])


RANGE = st.tuples(st.integers(0, 20), st.integers(0, 20)).map(lambda ends: (min(ends), max(ends)))


def list_offsets(ranges: list[tuple[int, int]]) -> list[int]:
    """Return the offsets in these ranges, each as often as it is in one."""
    return [offset for start, end in ranges for offset in range(start, end)]


@given(st.lists(RANGE, max_size=6), RANGE)
def test_ranges_are_a_set_of_offsets(
    extents: list[tuple[int, int]], query: tuple[int, int]
) -> None:
    ranges, offsets, sought = Ranges(extents), {*list_offsets(extents)}, {*range(*query)}
    common, rest = [*ranges.iter_common(*query)], ranges.subtract(*query)
    assert list_offsets(common) == sorted(offsets & sought)
    assert list_offsets(rest) == sorted(sought - offsets)
    assert ranges.overlaps(*query) is bool(offsets & sought)
    assert all(start < end for start, end in common + rest), "no range is empty"
    assert all(one[1] < other[0] for one, other in pairwise(rest)), "no two parts touch"


@given(st.lists(RANGE, max_size=6))
def test_merging_keeps_the_offsets_and_their_order(extents: list[tuple[int, int]]) -> None:
    merged = merge_ranges(extents)
    assert list_offsets(merged) == sorted({*list_offsets(extents)})
    assert merge_ranges(merged) == merged
