"""One answer on its way from the upstream to the client, noted down as it passes.

Nothing is held back: what has come is written at once, each piece as a chunk of its own where the
answer is chunked. If the client leaves, the upstream is drained, so that the recording is whole.
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
from runreel.shell.record.body_relay import Flow
from runreel.shell.record.request_body import Upload
from runreel.shell.record.upstream_response import Incoming
from runreel.shell.server.connection import Connection, LiveAnswer

_TRANSFER_ENCODING = frozenset({b"transfer-encoding"})


class Relay:
    """Hands one answer on, and says how it ended."""

    def __init__(
        self,
        request: BaseRequest,
        recording: Recording,
        *,
        extra: Callable[[int], Headers],
        drain_time: float,
        drain_bytes: int,
        begun: Sequence[bytes] = (),
    ) -> None:
        """``extra`` gives the headers that are added for the client, by the answer's status.
        ``begun``: what was read of the request's body already. After the client has left, the
        upstream is read on for at most ``drain_time`` seconds and ``drain_bytes`` bytes."""
        self.live = LiveAnswer(request)
        self.client_left = False
        self._request = request
        self._recording = recording
        self._extra = extra
        self._upload = Upload(request, recording, begun)
        self._drain_time = drain_time
        self._drain_bytes = drain_bytes
        self._loop = asyncio.get_running_loop()
        self._started = time.monotonic()  # the clock of uvloop counts milliseconds
        self._patience = asyncio.timeout(None)
        self._interrupted: End | None = None
        self._drain_limit: asyncio.TimerHandle | None = None
        self._waiting = False
        self._begun = False
        self._flow: Flow | None = None
        self._whole = False
        self._framing = Framing.NONE

    async def run(self, opening: Awaitable[Incoming]) -> Exchange | None:
        """Relay the answer that ``opening`` gives; None if it was interrupted before its head.

        Raises ``UpstreamError`` as ``opening`` does.
        """
        connection = cast(Connection, self._request.protocol)
        connection.on_lost = self._client_lost
        try:
            end = await self._until_interrupted(opening)
        finally:
            connection.on_lost = None
            if self._drain_limit is not None:
                self._drain_limit.cancel()
        if end is None:
            self.live.abandon()
            return None
        return await self._ended(end)

    def upload(self) -> bytes | AsyncGenerator[bytes, None] | None:
        """The request's body, noted as it goes up."""
        return self._upload.body()

    def interrupt(self, end: End) -> None:
        """Stop waiting for anything; the exchange is kept as far as it came, ended by ``end``."""
        if self._waiting and self._interrupted is None:
            self._interrupted = end
            self._patience.reschedule(self._loop.time())

    def _client_lost(self) -> None:
        self._client_gone()
        if self._flow is not None:
            self._flow.client_left()

    def _client_gone(self) -> None:
        if not self.client_left:
            self.client_left = True
            self._drain_limit = self._loop.call_later(
                self._drain_time, self.interrupt, End.CLIENT_LEFT
            )

    async def _until_interrupted(self, opening: Awaitable[Incoming]) -> End | None:
        self._waiting = True
        try:
            async with self._patience:
                with closing(await opening) as incoming:
                    end = await self._relay(incoming)
                if not self.client_left:
                    await self._upload.take_rest(self._drain_time)
                return end
        except TimeoutError:
            return self._interrupted if self._begun else None
        finally:
            self._waiting = False

    async def _relay(self, incoming: Incoming) -> End:
        head = self._client_head(incoming)
        self._flow = Flow(
            incoming,
            self.live,
            self._recording,
            head=head,
            framing=self._framing,
            now_us=self._now_us,
            drain_bytes=self._drain_bytes,
            client_gone=self._client_gone,
        )
        if self.client_left:
            self._flow.client_left()
        try:
            end = await self._flow.run()
        finally:
            self._flow = None
        self._whole = end is End.COMPLETE
        return end

    def _client_head(self, incoming: Incoming) -> bytes:
        """The head as the client gets it, noted."""
        status, reason = incoming.status, incoming.reason
        headers = wire.end_to_end(incoming.headers, keep=_TRANSFER_ENCODING)
        self._begun = True
        self._recording.head(status, reason, headers, at_us=self._now_us())
        http10 = self._request.version < HttpVersion11
        upstream_framing = wire.framing(self._request.method, status, headers)
        self._framing = wire.for_client(upstream_framing, http10=http10)
        return wire.head(
            status,
            reason,
            headers + self._extra(status),
            framed=self._framing,
            http10=http10,
            keep_alive=self._request.keep_alive,
        )

    async def _ended(self, end: End) -> Exchange:
        exchange = self._recording.end(
            End.CLIENT_LEFT if self.client_left else end, whole=self._whole, at_us=self._now_us()
        )
        await self.live.finish(self._finish(end))
        return exchange

    def _finish(self, end: End) -> Finish:
        if end is End.RESET:
            return Finish.RESET
        if self._whole and self._framing is not Framing.CLOSE and self._request.keep_alive:
            return Finish.KEEP
        return Finish.CLOSE

    def _now_us(self) -> int:
        return round((time.monotonic() - self._started) * 1_000_000)
