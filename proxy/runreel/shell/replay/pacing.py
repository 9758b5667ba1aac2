"""Send an answer on schedule.

The moment of each piece is counted from the arrival of the request, so that delays do not add up.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import dropwhile
from typing import TypeAlias, cast

from aiohttp.web_request import BaseRequest

from runreel.config import Speed
from runreel.core.replay.send_plan import Finish, Gate, SendPlan, TimedBytes
from runreel.model import End
from runreel.shell.replay.played import PlayedExchanges
from runreel.shell.server.activity import CallProgress, note_progress
from runreel.shell.server.connection import WRITE_BUFFER_SIZE, ClientConnection, RawResponse
from runreel.shell.server.in_flight import InFlight

RenewFunction: TypeAlias = Callable[[], Awaitable[SendPlan]]


async def send(
    request: BaseRequest,
    plan: SendPlan,
    speed: Speed,
    *,
    started: float,
    in_flight: InFlight,
    played: PlayedExchanges,
    renew: RenewFunction,
) -> RawResponse:
    """Send ``plan`` to the client of ``request``, which arrived at ``started`` (monotonic time).

    ``played``: the exchanges that open the gates in the plan. ``renew`` returns the plan with the
    values that the client has bound by then: the request of a gate may have bound some.
    """
    first, *more = plan.pieces
    waits = more or first.at_us > 0 or plan.finish is Finish.HOLD
    if not waits and len(first.data) < WRITE_BUFFER_SIZE:
        return await _send_at_once(request, plan)
    sender = ScheduledSender(request, plan, speed, started=started, played=played, renew=renew)
    note_progress(request, sender.measure)
    with in_flight.track(sender):
        await sender.run()
    return sender.response


async def _send_at_once(request: BaseRequest, plan: SendPlan) -> RawResponse:
    """Send a plan of one piece; it is not counted as in flight, since it waits for nothing."""
    response = RawResponse(request)
    finish = plan.finish
    try:
        response.send_now(plan.pieces[0].data)
        if response.is_writing_paused:
            await response.wait_for_room()
    except ConnectionError:
        finish = Finish.CLOSE
    if finish is not Finish.KEEP:
        await response.finish(finish)
    return response


class ScheduledSender:
    """Sends one answer to one client, each piece at its moment."""

    def __init__(
        self,
        request: BaseRequest,
        plan: SendPlan,
        speed: Speed,
        *,
        started: float,
        played: PlayedExchanges,
        renew: RenewFunction,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare to send ``plan`` to the client of ``request``, which arrived at ``started``.

        ``started`` is in seconds of ``clock``. This is not the event loop's clock, whose resolution
        may be as coarse as a millisecond.
        """
        self.response = RawResponse(request)
        self._connection = cast(ClientConnection, request.protocol)
        self._plan = plan
        self._factor = speed.factor * 1_000_000
        self._loop = asyncio.get_running_loop()
        self._started = started
        self._played = played
        self._renew = renew
        self._clock = clock
        self._deadline = asyncio.timeout(None)
        self._is_sending = False
        self._sent_bytes = self._sent_pieces = 0

    async def run(self) -> None:
        """Send until the end, or until the client disconnects or ``interrupt`` is called."""
        finish = self._plan.finish
        self._is_sending = True
        self._connection.on_lost = self._on_client_lost
        try:
            async with self._deadline:
                await self._send_all()
        except (TimeoutError, ConnectionError):
            finish = Finish.CLOSE
        finally:
            self._connection.on_lost = None
            self._is_sending = False
        await self.response.finish(finish)

    def measure(self) -> CallProgress:
        """Return what has been sent so far, heads included."""
        return CallProgress(self._sent_bytes, self._sent_pieces)

    def interrupt(self, end: End) -> None:
        """Stop sending and close the connection after the data sent so far."""
        if self._is_sending:
            self._is_sending = False
            self._deadline.reschedule(self._loop.time())

    def _on_client_lost(self) -> None:
        self.interrupt(End.CLIENT_LEFT)

    async def _send_all(self) -> None:
        pieces = iter(self._plan.pieces)
        while (piece := next(pieces, None)) is not None:
            if piece.gates:
                pieces = await self._pass_gates(piece.gates)
                piece = next(pieces, TimedBytes(piece.at_us, b""))
            await self._wait_until(self._started + piece.at_us / self._factor)
            if piece.data:
                await self.response.send(piece.data)
                self._sent_bytes += len(piece.data)
                self._sent_pieces += 1
        if self._plan.finish is Finish.HOLD:
            await self._loop.create_future()  # until the client leaves, or the session ends

    async def _pass_gates(self, gates: tuple[Gate, ...]) -> Iterator[TimedBytes]:
        """Wait for the gates before a piece; return what is behind them, as it is now."""
        for gate in gates:
            await self._pass_gate(gate)
        plan = await self._renew()
        return dropwhile(lambda piece: gates[-1] not in piece.gates, plan.pieces)

    async def _pass_gate(self, gate: Gate) -> None:
        """Wait for a request that the rest reports on, and move the rest by its delay."""
        await self._played.wait_for_any(gate.openers)
        self._started += max(0.0, self._clock() - self._started - gate.at_us / self._factor)

    async def _wait_until(self, moment: float) -> None:
        # A timer of uvloop is rounded to milliseconds and may fire early.
        while (delay := moment - self._clock()) > 0:  # noqa: ASYNC110 - no event to wait for
            await asyncio.sleep(delay)
