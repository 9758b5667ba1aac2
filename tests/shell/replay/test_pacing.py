"""Sending on schedule, tested with a clock that advances only while the loop waits."""

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
from runreel.shell.replay.played import PlayedExchanges

LATE = 0.0009
"""Seconds by which each timer fires late, as an operating system's do."""


class Clock(selectors.DefaultSelector):
    """A selector that advances its clock instead of waiting."""

    now = 1000.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout:
            self.now += timeout + LATE
        return super().select(0)


class LateLoop(asyncio.SelectorEventLoop):
    """An event loop that runs by this clock."""

    def __init__(self) -> None:
        self.clock = Clock()
        super().__init__(self.clock)

    def time(self) -> float:
        return self.clock.now


class ResponseStub:
    """A response that records the moments at which data is sent."""

    def __init__(self, request: BaseRequest) -> None:
        self.moments: list[float] = []

    async def send(self, data: bytes) -> None:
        self.moments.append(asyncio.get_running_loop().time())

    async def finish(self, finish: Finish) -> None:
        assert finish is Finish.KEEP


class RequestStub:
    """A request of which only the connection is used."""

    class protocol:
        """The connection."""

        on_lost = None


def collect_moments(plan: SendPlan, speed: Speed, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Send ``plan``; return the moment of each piece, in seconds since the request."""
    monkeypatch.setattr(pacing, "RawResponse", ResponseStub)

    async def run() -> list[float]:
        clock = asyncio.get_running_loop().time
        started = clock()
        request = cast(BaseRequest, RequestStub())
        played = PlayedExchanges()

        async def renew() -> SendPlan:
            return plan

        sender = ScheduledSender(
            request, plan, speed, started=started, played=played, renew=renew, clock=clock
        )
        await sender.run()
        return [moment - started for moment in cast(ResponseStub, sender.response).moments]

    with asyncio.Runner(loop_factory=LateLoop) as runner:
        return runner.run(run())


@pytest.mark.parametrize("speed", [Speed.RECORDED, Speed(4.0)], ids=str)
@pytest.mark.parametrize("gap_us", [700, 10_000, 1_000_000])
def test_a_thousand_frames_do_not_drift(
    speed: Speed, gap_us: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces = tuple(TimedBytes(number * gap_us, b"x") for number in range(1000))
    sent = collect_moments(SendPlan(pieces, Finish.KEEP), speed, monkeypatch)
    recorded = [piece.at_us / 1_000_000 / speed.factor for piece in pieces]
    lateness = [at - due for at, due in zip(sent, recorded, strict=True)]
    assert min(lateness) > -1e-6
    assert max(lateness) < 2 * LATE
