"""Playing at a pace, in time that passes only when somebody waits for it."""

from __future__ import annotations

import asyncio
import selectors
from typing import Any, cast

import pytest
from aiohttp.web_request import BaseRequest

from runreel.config import Speed
from runreel.core.replay.send_plan import Finish, SendPlan, TimedBytes
from runreel.shell.replay import pacing
from runreel.shell.replay.pacing import ScheduledSender

LATE = 0.0009
"""Seconds by which each timer is late, as those of an operating system are."""


class Clock(selectors.DefaultSelector):
    """Waiting for sockets is what passes the time."""

    now = 1000.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout:
            self.now += timeout + LATE
        return super().select(0)


class LateLoop(asyncio.SelectorEventLoop):
    """An event loop in the clock's time."""

    def __init__(self) -> None:
        self.clock = Clock()
        super().__init__(self.clock)

    def time(self) -> float:
        return self.clock.now


class Live:
    """Notes when something is sent."""

    def __init__(self, request: BaseRequest) -> None:
        self.moments: list[float] = []

    async def send(self, data: bytes) -> None:
        self.moments.append(asyncio.get_running_loop().time())

    async def finish(self, finish: Finish) -> None:
        assert finish is Finish.KEEP


class Asked:
    """A request of which only the connection is looked at."""

    class protocol:
        """The connection."""

        on_lost = None


def moments(script: SendPlan, speed: Speed, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When each cue was sent, in seconds since the request."""
    monkeypatch.setattr(pacing, "RawResponse", Live)

    async def played() -> list[float]:
        clock = asyncio.get_running_loop().time
        started = clock()
        request = cast(BaseRequest, Asked())
        playing = ScheduledSender(request, script, speed, started=started, clock=clock)
        await playing.run()
        return [moment - started for moment in cast(Live, playing.response).moments]

    with asyncio.Runner(loop_factory=LateLoop) as runner:
        return runner.run(played())


@pytest.mark.parametrize("speed", [Speed.RECORDED, Speed(4.0)], ids=str)
@pytest.mark.parametrize("gap_us", [700, 10_000, 1_000_000])
def test_a_thousand_frames_do_not_drift(
    speed: Speed, gap_us: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cues = tuple(TimedBytes(number * gap_us, b"x") for number in range(1000))
    sent = moments(SendPlan(cues, Finish.KEEP), speed, monkeypatch)
    recorded = [cue.at_us / 1_000_000 / speed.factor for cue in cues]
    lateness = [at - meant for at, meant in zip(sent, recorded, strict=True)]
    assert min(lateness) > -1e-6
    assert max(lateness) < 2 * LATE
