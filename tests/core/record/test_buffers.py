from __future__ import annotations

import pytest

from runreel.core.record.buffers import MAX_FRAMES, BodyCopy, FrameColumns, MemoryBudget
from runreel.model import Frame


def test_a_budget_reserves_all_or_nothing() -> None:
    budget = MemoryBudget(10)
    assert budget.reserve(7)
    assert not budget.reserve(4)
    assert budget.reserve(3)
    budget.release(7)
    assert budget.reserve(7)


def test_a_released_copy_keeps_its_size() -> None:
    copy = BodyCopy(bytearray(b"abc"), size=3)
    assert copy.release() == b"abc"
    assert (bytes(copy.data), copy.size) == (b"", 3)


def test_frames_are_built_in_order() -> None:
    frames = FrameColumns()
    frames.close_last_chunk()
    frames.add(2, end_of_chunk=True, dt_us=5)
    frames.add(3, end_of_chunk=False, dt_us=9)
    frames.close_last_chunk()
    assert frames.build_frames() == (Frame(5, 2, True), Frame(9, 3, True))


def test_frames_beyond_the_limit_extend_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_FRAMES == 1_000_000
    monkeypatch.setattr("runreel.core.record.buffers.MAX_FRAMES", 2)
    frames = FrameColumns()
    for at_us in range(4):
        frames.add(2, end_of_chunk=at_us == 3, dt_us=at_us)
    assert frames.build_frames() == (Frame(0, 2, False), Frame(1, 6, True))
