"""A wait that takes too long is told of; who does not wait is let be. The clock is the tests'."""

from __future__ import annotations

import asyncio

import pytest

from runreel.shell.record.read_timeout import ReadTimeout

LIMIT = 600.0

pytestmark = pytest.mark.own_clock


class Clock:
    """Stands in for the event loop's."""

    def __init__(self) -> None:
        self.now = 1000.0

    async def forward(self, seconds: float) -> None:
        """Let time pass, and whatever is due then happen."""
        self.now += seconds
        for _ in range(5):
            await asyncio.sleep(0)


class Told:
    """Counts how often somebody was told."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: clock.now)
    return clock


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def silence(clock: Clock, told: Told) -> ReadTimeout:
    return ReadTimeout(LIMIT, told)


async def test_who_hears_nothing_is_told_at_the_limit(
    clock: Clock, silence: ReadTimeout, told: Told
) -> None:
    silence.start()
    await clock.forward(LIMIT - 1)
    assert told.times == 0
    await clock.forward(1)
    assert told.times == 1
    await clock.forward(2 * LIMIT)
    assert told.times == 1


async def test_each_piece_begins_a_new_wait(clock: Clock, silence: ReadTimeout, told: Told) -> None:
    for _ in range(5):
        silence.start()
        await clock.forward(LIMIT - 1)
    assert told.times == 0
    await clock.forward(1)
    assert told.times == 1


async def test_who_does_not_wait_may_take_any_time(
    clock: Clock, silence: ReadTimeout, told: Told
) -> None:
    for _ in range(3):
        await clock.forward(2 * LIMIT)
        silence.start()
        silence.pause()
    assert told.times == 0


async def test_a_wait_that_begins_late_is_measured_from_then(
    clock: Clock, silence: ReadTimeout, told: Told
) -> None:
    await clock.forward(LIMIT - 1)
    silence.start()
    await clock.forward(LIMIT - 1)
    assert told.times == 0
    await clock.forward(1)
    assert told.times == 1


async def test_once_stopped_it_tells_nobody(clock: Clock, silence: ReadTimeout, told: Told) -> None:
    silence.start()
    await clock.forward(1)
    silence.cancel()
    await clock.forward(2 * LIMIT)
    assert told.times == 0


async def test_without_a_limit_any_wait_is_allowed(clock: Clock, told: Told) -> None:
    silence = ReadTimeout(0.0, told)
    silence.start()
    await clock.forward(100 * LIMIT)
    silence.cancel()
    assert told.times == 0
