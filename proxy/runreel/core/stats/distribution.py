"""Median, 95th percentile and maximum of some numbers."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from typing import NamedTuple


class Distribution(NamedTuple):
    """A summary of whole numbers; None for all if there are none."""

    total: int
    """Number of numbers."""
    p50: int | None
    p95: int | None
    max: int | None


def summarize(numbers: Iterable[int]) -> Distribution:
    """Return the nearest-rank percentiles: each is one of the numbers."""
    ordered = sorted(numbers)
    if not ordered:
        return Distribution(0, None, None, None)
    p50, p95 = (ordered[ceil(share * len(ordered)) - 1] for share in (0.5, 0.95))
    return Distribution(len(ordered), p50, p95, ordered[-1])
