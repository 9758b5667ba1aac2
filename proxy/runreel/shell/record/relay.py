"""Relaying of one answer from the upstream to the client, with recording.

Data is written to the client as soon as it is received; in a chunked answer each piece becomes one
chunk. If the client leaves, the rest of the answer is still read to complete the recording.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import closing
from typing import cast

from aiohttp.http import HttpVersion11
from aiohttp.web_request import BaseRequest

from runreel.core.http import wire
from runreel.core.http.wire import Framing
from runreel.core.record.recording import Recording
from runreel.core.replay.send_plan import Finish
from runreel.model import End, Exchange, Headers
from runreel.shell.record.body_relay import BodyRelay
from runreel.shell.record.request_body import RequestBody
from runreel.shell.record.upstream_response import UpstreamResponse
from runreel.shell.server.connection import ClientConnection, RawResponse

_TRANSFER_ENCODING = frozenset({b"transfer-encoding"})


class Relay:
    """The relay of one answer: its head, its body (``BodyRelay``) and its end."""

    def __init__(
        self,
        request: BaseRequest,
        recording: Recording,
        *,
        extra: Callable[[int], Headers],
        drain_time: float,
        drain_bytes: int,
        body_start: Sequence[bytes] = (),
    ) -> None:
        """Prepare to relay the answer to ``request`` and to note it in ``recording``.

        ``extra`` returns the headers to add for the client, given the answer's status.
        ``body_start`` holds the pieces of the request's body that have been read already. After
        the client has left, the upstream is read for at most ``drain_time`` seconds and
        ``drain_bytes`` bytes more.
        """
        self.client_response = RawResponse(request)
        self.client_left = False
        self._request = request
        self._recording = recording
        self._extra = extra
        self._request_body = RequestBody(request, recording, body_start)
        self._drain_time = drain_time
        self._drain_bytes = drain_bytes
        self._loop = asyncio.get_running_loop()
        self._started = time.monotonic()  # uvloop's clock has a resolution of a millisecond
        self._deadline = asyncio.timeout(None)
        self._interrupted: End | None = None
        self._drain_timer: asyncio.TimerHandle | None = None
        self._is_waiting = False
        self._has_head = False
        self._body_relay: BodyRelay | None = None
        self._is_whole = False
        self._framing = Framing.NONE

    async def run(self, opening: Awaitable[UpstreamResponse]) -> Exchange | None:
        """Relay the response that ``opening`` returns; return the finished exchange.

        Return None if the relay was interrupted before the head of the response was received.
        ``UpstreamError`` of ``opening`` is passed on.
        """
        connection = cast(ClientConnection, self._request.protocol)
        connection.on_lost = self._on_client_lost
        try:
            end = await self._run_until_interrupted(opening)
        finally:
            connection.on_lost = None
            if self._drain_timer is not None:
                self._drain_timer.cancel()
        if end is None:
            self.client_response.abort()
            return None
        return await self._finish_exchange(end)

    def upload(self) -> bytes | AsyncGenerator[bytes, None] | None:
        """Return the request's body for the upstream; it is recorded while it is sent."""
        return self._request_body.open()

    def interrupt(self, end: End) -> None:
        """Stop relaying; the exchange is finished with the data so far and this ``end``."""
        if self._is_waiting and self._interrupted is None:
            self._interrupted = end
            self._deadline.reschedule(self._loop.time())

    def _on_client_lost(self) -> None:
        self._note_client_left()
        if self._body_relay is not None:
            self._body_relay.start_draining()

    def _note_client_left(self) -> None:
        if not self.client_left:
            self.client_left = True
            self._drain_timer = self._loop.call_later(
                self._drain_time, self.interrupt, End.CLIENT_LEFT
            )

    async def _run_until_interrupted(self, opening: Awaitable[UpstreamResponse]) -> End | None:
        self._is_waiting = True
        try:
            async with self._deadline:
                with closing(await opening) as response:
                    end = await self._relay_response(response)
                if not self.client_left:
                    await self._request_body.read_rest(self._drain_time)
                return end
        except TimeoutError:
            return self._interrupted if self._has_head else None
        finally:
            self._is_waiting = False

    async def _relay_response(self, response: UpstreamResponse) -> End:
        head = self._build_client_head(response)
        self._body_relay = BodyRelay(
            response,
            self.client_response,
            self._recording,
            head=head,
            framing=self._framing,
            now_us=self._now_us,
            drain_bytes=self._drain_bytes,
            on_client_gone=self._note_client_left,
        )
        if self.client_left:
            self._body_relay.start_draining()
        try:
            end = await self._body_relay.run()
        finally:
            self._body_relay = None
        self._is_whole = end is End.COMPLETE
        return end

    def _build_client_head(self, response: UpstreamResponse) -> bytes:
        """Record the head of the response; return the head for the client."""
        status, reason = response.status, response.reason
        headers = wire.strip_hop_by_hop(response.headers, keep=_TRANSFER_ENCODING)
        self._has_head = True
        self._recording.start_answer(status, reason, headers, at_us=self._now_us())
        http10 = self._request.version < HttpVersion11
        upstream_framing = wire.determine_framing(self._request.method, status, headers)
        self._framing = wire.choose_client_framing(upstream_framing, http10=http10)
        return wire.format_answer_head(
            status,
            reason,
            headers + self._extra(status),
            framing=self._framing,
            http10=http10,
            keep_alive=self._request.keep_alive,
        )

    async def _finish_exchange(self, end: End) -> Exchange:
        exchange = self._recording.finish(
            End.CLIENT_LEFT if self.client_left else end, whole=self._is_whole, at_us=self._now_us()
        )
        await self.client_response.finish(self._choose_finish(end))
        return exchange

    def _choose_finish(self, end: End) -> Finish:
        if end is End.RESET:
            return Finish.RESET
        if self._is_whole and self._framing is not Framing.CLOSE and self._request.keep_alive:
            return Finish.KEEP
        return Finish.CLOSE

    def _now_us(self) -> int:
        return round((time.monotonic() - self._started) * 1_000_000)
