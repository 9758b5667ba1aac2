"""A read that waits too long ends; one that does not wait never does. The clock is the tests'."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from aiohttp.client_proto import ResponseHandler

from runreel.shell.silence import Silence

LIMIT = 600.0


class Clock:
    """Stands in for the event loop's."""

    def __init__(self) -> None:
        self.now = 1000.0

    async def forward(self, seconds: float) -> None:
        """Let time pass, and whatever is due then happen."""
        self.now += seconds
        for _ in range(5):
            await asyncio.sleep(0)


async def read(content: aiohttp.StreamReader, silence: Silence) -> tuple[bytes, bool]:
    """A read that is watched."""
    silence.begin()
    piece = await content.readchunk()
    silence.end()
    return piece


async def waiting(
    content: aiohttp.StreamReader, silence: Silence, clock: Clock
) -> asyncio.Future[tuple[bytes, bool]]:
    """A read under way."""
    reading = asyncio.ensure_future(read(content, silence))
    await clock.forward(0)
    return reading


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: clock.now)
    return clock


@pytest.fixture
async def protocol(clock: Clock) -> ResponseHandler:
    protocol = ResponseHandler(asyncio.get_running_loop())
    protocol.transport = asyncio.Transport()
    protocol.read_timeout = LIMIT
    return protocol


@pytest.fixture
async def content(protocol: ResponseHandler) -> aiohttp.StreamReader:
    return aiohttp.StreamReader(protocol, 1 << 16, loop=asyncio.get_running_loop())


@pytest.fixture
async def silence(content: aiohttp.StreamReader, protocol: ResponseHandler) -> Silence:
    return Silence(content, protocol)


async def test_a_read_that_hears_nothing_ends_at_the_limit(
    clock: Clock, content: aiohttp.StreamReader, silence: Silence
) -> None:
    reading = await waiting(content, silence, clock)
    await clock.forward(LIMIT - 1)
    assert not reading.done()
    await clock.forward(1)
    with pytest.raises(aiohttp.SocketTimeoutError):
        await reading


async def test_each_piece_begins_a_new_wait(
    clock: Clock, content: aiohttp.StreamReader, silence: Silence
) -> None:
    for _ in range(5):
        reading = await waiting(content, silence, clock)
        await clock.forward(LIMIT - 1)
        content.feed_data(b"piece")
        assert await reading == (b"piece", False)
    reading = await waiting(content, silence, clock)
    await clock.forward(LIMIT - 1)
    assert not reading.done()
    await clock.forward(1)
    with pytest.raises(aiohttp.SocketTimeoutError):
        await reading


async def test_who_does_not_wait_may_take_any_time(
    clock: Clock, content: aiohttp.StreamReader, silence: Silence
) -> None:
    for _ in range(3):
        await clock.forward(2 * LIMIT)
        content.feed_data(b"piece")
        assert await read(content, silence) == (b"piece", False)


async def test_once_stopped_it_ends_nothing(
    clock: Clock, content: aiohttp.StreamReader, silence: Silence
) -> None:
    reading = await waiting(content, silence, clock)
    await clock.forward(1)
    silence.stop()
    await clock.forward(2 * LIMIT)
    content.feed_data(b"late")
    assert await reading == (b"late", False)


async def test_it_takes_the_place_of_the_timer_of_each_read(
    silence: Silence, protocol: ResponseHandler
) -> None:
    assert protocol.read_timeout is None


@pytest.mark.parametrize("limit", [None, 0.0])
async def test_without_a_limit_a_read_waits_for_ever(
    clock: Clock,
    content: aiohttp.StreamReader,
    protocol: ResponseHandler,
    limit: float | None,
) -> None:
    protocol.read_timeout = limit
    silence = Silence(content, protocol)
    reading = await waiting(content, silence, clock)
    await clock.forward(100 * LIMIT)
    content.feed_data(b"late")
    assert await reading == (b"late", False)
    silence.stop()
