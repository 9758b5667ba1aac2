"""The read timeout, with a clock that the tests set."""

from __future__ import annotations

import asyncio

import pytest

from runreel.shell.record.read_timeout import ReadTimeout

LIMIT = 600.0

pytestmark = pytest.mark.own_clock


class Clock:
    """A clock in the place of the event loop's."""

    def __init__(self) -> None:
        self.now = 1000.0

    async def forward(self, seconds: float) -> None:
        """Advance the clock, and run the callbacks that are due."""
        self.now += seconds
        for _ in range(5):
            await asyncio.sleep(0)


class TimeoutCounter:
    """A callback that counts its calls."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: clock.now)
    return clock


@pytest.fixture
def on_timeout() -> TimeoutCounter:
    return TimeoutCounter()


@pytest.fixture
async def read_timeout(clock: Clock, on_timeout: TimeoutCounter) -> ReadTimeout:
    return ReadTimeout(LIMIT, on_timeout)


async def test_the_callback_is_called_once_at_the_limit(
    clock: Clock, read_timeout: ReadTimeout, on_timeout: TimeoutCounter
) -> None:
    read_timeout.start()
    await clock.forward(LIMIT - 1)
    assert on_timeout.count == 0
    await clock.forward(1)
    assert on_timeout.count == 1
    await clock.forward(2 * LIMIT)
    assert on_timeout.count == 1


async def test_each_start_begins_at_zero(
    clock: Clock, read_timeout: ReadTimeout, on_timeout: TimeoutCounter
) -> None:
    for _ in range(5):
        read_timeout.start()
        await clock.forward(LIMIT - 1)
    assert on_timeout.count == 0
    await clock.forward(1)
    assert on_timeout.count == 1


async def test_the_clock_does_not_run_while_paused(
    clock: Clock, read_timeout: ReadTimeout, on_timeout: TimeoutCounter
) -> None:
    for _ in range(3):
        await clock.forward(2 * LIMIT)
        read_timeout.start()
        read_timeout.pause()
    assert on_timeout.count == 0


async def test_a_late_start_is_measured_from_its_moment(
    clock: Clock, read_timeout: ReadTimeout, on_timeout: TimeoutCounter
) -> None:
    await clock.forward(LIMIT - 1)
    read_timeout.start()
    await clock.forward(LIMIT - 1)
    assert on_timeout.count == 0
    await clock.forward(1)
    assert on_timeout.count == 1


async def test_after_cancel_the_callback_is_not_called(
    clock: Clock, read_timeout: ReadTimeout, on_timeout: TimeoutCounter
) -> None:
    read_timeout.start()
    await clock.forward(1)
    read_timeout.cancel()
    await clock.forward(2 * LIMIT)
    assert on_timeout.count == 0


async def test_a_limit_of_zero_means_no_limit(clock: Clock, on_timeout: TimeoutCounter) -> None:
    read_timeout = ReadTimeout(0.0, on_timeout)
    read_timeout.start()
    await clock.forward(100 * LIMIT)
    read_timeout.cancel()
    assert on_timeout.count == 0
