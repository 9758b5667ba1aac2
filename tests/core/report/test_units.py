"""Sizes and durations for people."""

from __future__ import annotations

import pytest

from runreel.core.report.units import format_duration, format_size

SIZES = [
    (0, "0 B"),
    (1023, "1023 B"),
    (1024, "1.0 KiB"),
    (1024**2 - 1, "1.0 MiB"),
    (1_258_291, "1.2 MiB"),
    (1024**3, "1.0 GiB"),
    (5000 * 1024**3, "5000.0 GiB"),
]


@pytest.mark.parametrize(("count", "shown"), SIZES, ids=[c[1] for c in SIZES])
def test_size(count: int, shown: str) -> None:
    assert format_size(count) == shown


DURATIONS = [
    (0, "0 µs"),
    (999, "999 µs"),
    (1000, "1.0 ms"),
    (999_949, "999.9 ms"),
    (999_950, "1.00 s"),
    (59_994_999, "59.99 s"),
    (59_995_000, "1 min 0 s"),
    (123_400_000, "2 min 3 s"),
]


@pytest.mark.parametrize(("us", "shown"), DURATIONS, ids=[f"{c[0]} us" for c in DURATIONS])
def test_duration(us: int, shown: str) -> None:
    assert format_duration(us) == shown
