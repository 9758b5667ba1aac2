"""Offsets by number: any order, gaps, and numbers that were never stored."""

from __future__ import annotations

from runreel.shell.record.record_offsets import RecordOffsets


def test_offsets_are_kept_in_any_order_with_gaps() -> None:
    offsets = RecordOffsets(5)
    for number, offset in ((7, 300), (5, 100), (9, 500)):
        offsets.set(number, offset)
    assert [offsets.get(number) for number in range(3, 12)] == [
        *(None, None, 100, None, 300, None, 500, None, None)
    ]
