"""Sending a script: each cue at its moment, counted from the request, so that nothing drifts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import cast

from aiohttp.web_request import BaseRequest

from runreel.config import Speed
from runreel.core.replay.send_plan import Finish, Script
from runreel.model import End
from runreel.shell.server.connection import BUFFERED, Connection, LiveAnswer
from runreel.shell.server.in_flight import Progress


async def perform(
    request: BaseRequest, script: Script, speed: Speed, *, started: float, progress: Progress
) -> LiveAnswer:
    """Play ``script`` to the client of ``request``, which came at ``started`` (monotonic time)."""
    first, *more = script.cues
    if not more and first.at_us == 0 and len(first.data) < BUFFERED:
        return await _sent_at_once(request, script)
    performance = Performance(request, script, speed, started=started)
    with progress.track(performance):
        await performance.run()
    return performance.live


async def _sent_at_once(request: BaseRequest, script: Script) -> LiveAnswer:
    """The answer, which waits for nothing and so cannot be interrupted either."""
    live = LiveAnswer(request)
    finish = script.finish
    try:
        await live.send(script.cues[0].data)
    except ConnectionError:
        finish = Finish.CLOSE
    await live.finish(finish)
    return live


class Performance:
    """One answer as it is played to one client."""

    def __init__(
        self,
        request: BaseRequest,
        script: Script,
        speed: Speed,
        *,
        started: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``started``: when the request arrived, as the ``clock`` tells it, in seconds. The event
        loop's own may be as coarse as a millisecond."""
        self.live = LiveAnswer(request)
        self._connection = cast(Connection, request.protocol)
        self._script = script
        self._factor = speed.factor * 1_000_000
        self._loop = asyncio.get_running_loop()
        self._started = started
        self._clock = clock
        self._patience = asyncio.timeout(None)
        self._playing = False

    async def run(self) -> None:
        """Play to the end, or until the client leaves or somebody interrupts."""
        finish = self._script.finish
        self._playing = True
        self._connection.on_lost = self._client_gone
        try:
            async with self._patience:
                await self._play()
        except (TimeoutError, ConnectionError):
            finish = Finish.CLOSE
        finally:
            self._connection.on_lost = None
            self._playing = False
        await self.live.finish(finish)

    def interrupt(self, end: End) -> None:
        """Stop playing; the connection is closed behind what was sent."""
        if self._playing:
            self._playing = False
            self._patience.reschedule(self._loop.time())

    def _client_gone(self) -> None:
        self.interrupt(End.CLIENT_LEFT)

    async def _play(self) -> None:
        for cue in self._script.cues:
            await self._wait_until(self._started + cue.at_us / self._factor)
            if cue.data:
                await self.live.send(cue.data)

    async def _wait_until(self, moment: float) -> None:
        # A timer of uvloop's is rounded to milliseconds, and may be early.
        while (wait := moment - self._clock()) > 0:  # noqa: ASYNC110 - there is nothing to tell it
            await asyncio.sleep(wait)
