"""One answer on its way from the upstream to the client, noted down as it passes.

Nothing is held back: what has come is written at once, each piece as a chunk of its own where the
answer is chunked. If the client leaves, the upstream is drained, so that the recording is whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import cast

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import HttpVersion11
from aiohttp.web_request import BaseRequest

from runreel.core import wire
from runreel.core.playback import Finish
from runreel.core.recording import Recording
from runreel.core.wire import Framing
from runreel.model import End, Exchange, Headers
from runreel.shell.server import Connection, LiveAnswer
from runreel.shell.silence import Silence
from runreel.shell.upstream import is_reset

_TRANSFER_ENCODING = frozenset({b"transfer-encoding"})

_AT_ONCE = 1 << 16
"""Bytes from which on what has come is not gathered any more before it is written."""


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
        self._begun_upload = begun
        self._drain_time = drain_time
        self._drain_bytes = drain_bytes
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self._patience = asyncio.timeout(None)
        self._interrupted: End | None = None
        self._drain_limit: asyncio.TimerHandle | None = None
        self._upload_ended: asyncio.Future[None] | None = None
        self._waiting = False
        self._begun = False
        self._whole = False
        self._framing = Framing.NONE
        self._unsent_head = b""
        """Goes out with what of the body came along with it, else at once."""
        self._seen = 0
        self._drained = 0

    async def run(self, opening: Awaitable[aiohttp.ClientResponse]) -> Exchange | None:
        """Relay the answer that ``opening`` gives; None if it was interrupted before its head.

        Raises ``UpstreamError`` as ``opening`` does.
        """
        connection = cast(Connection, self._request.protocol)
        connection.on_lost = self._client_gone
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

    def upload(self) -> bytes | AsyncIterator[bytes] | None:
        """The request's body, noted as it goes up: in one if all of it is there, else in pieces."""
        if not (self._begun_upload or self._request.can_read_body):
            return None
        if not self._is_all_there():
            return self._pieces()
        body = self._request.content.read_nowait()
        self._recording.sent(body)
        return body

    def _is_all_there(self) -> bool:
        """Whether the body came with the request's head, as most do, and may go up as it is.

        What is sent in one, aiohttp sends with its length, and again where the method may be
        repeated (RFC 9110, section 9.2.2) and a connection turns out stale.
        """
        request = self._request
        may_go = request.method == "POST" and "Content-Length" in request.headers
        return may_go and not self._begun_upload and request.content.is_eof()

    async def _pieces(self) -> AsyncIterator[bytes]:
        ended = self._upload_ended = self._loop.create_future()
        try:
            for piece in self._begun_upload:
                self._recording.sent(piece)
                yield piece
            while not self._request.content.at_eof():
                yield await self._next_upload()
        finally:
            if not ended.done():  # cancelled together with whoever waits for it
                ended.set_result(None)

    async def _next_upload(self) -> bytes:
        piece, _ = await self._request.content.readchunk()
        self._recording.sent(piece)
        return piece

    async def _take_rest_of_upload(self) -> None:
        """What the client still sends although it has its answer is part of the request, too."""
        if self._upload_ended is None or self.client_left:
            return
        await self._upload_ended
        try:
            async with asyncio.timeout(self._drain_time):
                while not self._request.content.at_eof():
                    await self._next_upload()
        except (TimeoutError, ConnectionError):
            self._recording.upload_was_cut()

    def interrupt(self, end: End) -> None:
        """Stop waiting for anything; the exchange is kept as far as it came, ended by ``end``."""
        if self._waiting and self._interrupted is None:
            self._interrupted = end
            self._patience.reschedule(self._loop.time())

    def _client_gone(self) -> None:
        if not self.client_left:
            self.client_left = True
            self._drain_limit = self._loop.call_later(
                self._drain_time, self.interrupt, End.CLIENT_LEFT
            )

    async def _until_interrupted(self, opening: Awaitable[aiohttp.ClientResponse]) -> End | None:
        self._waiting = True
        try:
            async with self._patience:
                answer = await opening
                async with answer:
                    end = await self._relay(answer)
                await self._take_rest_of_upload()
                return end
        except TimeoutError:
            return self._interrupted if self._begun else None
        finally:
            self._waiting = False

    async def _relay(self, answer: aiohttp.ClientResponse) -> End:
        protocol = answer.connection.protocol if answer.connection else None
        _report_loss(protocol, answer.content)
        self._unsent_head = self._client_head(answer)
        if not self._has_more(answer.content):
            await self._deliver(b"")  # the head alone
        silence = Silence(answer.content, protocol)
        try:
            end = await self._pump(answer.content, protocol, silence)
        finally:
            silence.stop()
        self._whole = end is End.COMPLETE
        if self._whole and self._framing is Framing.CHUNKED:
            await self._deliver(wire.LAST_CHUNK)
        return end

    def _client_head(self, answer: aiohttp.ClientResponse) -> bytes:
        """The head as the client gets it, noted."""
        headers = wire.end_to_end(answer.raw_headers, keep=_TRANSFER_ENCODING)
        reason = (answer.reason or "").encode("utf-8", "surrogateescape")
        self._begun = True
        self._recording.head(answer.status, reason, headers, at_us=self._now_us())
        http10 = self._request.version < HttpVersion11
        upstream_framing = wire.framing(self._request.method, answer.status, headers)
        self._framing = wire.for_client(upstream_framing, http10=http10)
        return wire.head(
            answer.status,
            reason,
            headers + self._extra(answer.status),
            framed=self._framing,
            http10=http10,
            keep_alive=self._request.keep_alive,
        )

    async def _pump(
        self, content: aiohttp.StreamReader, protocol: ResponseHandler | None, silence: Silence
    ) -> End:
        try:
            while not content.at_eof():
                silence.begin()
                piece = await content.readchunk()
                silence.end()
                await self._pass_on(content, piece)
        except aiohttp.SocketTimeoutError:
            await self._pass_on_rest(content)
            return End.TIMEOUT
        except aiohttp.ClientError:
            await self._pass_on_rest(content)
            return End.RESET if is_reset(protocol) else End.CLOSED
        if self._framing is Framing.CLOSE and is_reset(protocol):
            return End.RESET  # aiohttp takes a reset for the end of a body that a close delimits
        return End.COMPLETE

    async def _pass_on_rest(self, content: aiohttp.StreamReader) -> None:
        """What had come before the connection broke, which aiohttp withholds behind its error."""
        content.set_exception(None)  # type: ignore[arg-type]  # clears it
        while self._seen < content.total_bytes:
            await self._pass_on(content, await content.readchunk())

    async def _pass_on(self, content: aiohttp.StreamReader, piece: tuple[bytes, bool]) -> None:
        """Hand a piece on, and with it what came behind it meanwhile."""
        at_us = self._now_us()
        data = self._noted(*piece, at_us)
        while self._has_more(content) and len(data) < _AT_ONCE:
            data += self._noted(*await content.readchunk(), at_us)
        if data:
            await self._deliver(data)

    def _has_more(self, content: aiohttp.StreamReader) -> bool:
        """Whether the next read gives a piece without waiting, and no error."""
        return self._seen < content.total_bytes and content.exception() is None

    def _noted(self, data: bytes, end_of_chunk: bool, at_us: int) -> bytes:
        """The piece as the client gets it."""
        if not data and not end_of_chunk:
            return data  # the end of the body, which is not a piece of it
        self._seen += len(data)
        self._recording.piece(data, end_of_chunk=end_of_chunk, at_us=at_us)
        return wire.chunk(data) if data and self._framing is Framing.CHUNKED else data

    async def _deliver(self, data: bytes) -> None:
        if self.client_left:
            self._drained += len(data)
            if self._drained > self._drain_bytes:
                self.interrupt(End.CLIENT_LEFT)
            return
        if self._unsent_head:
            data, self._unsent_head = self._unsent_head + data, b""
        try:
            await self.live.send(data)
        except ConnectionError:
            self._client_gone()

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
        return round((self._loop.time() - self._started) * 1_000_000)


def _report_loss(protocol: ResponseHandler | None, content: aiohttp.StreamReader) -> None:
    """Let a reader of ``content`` hear of it when its connection goes.

    After bytes that are no HTTP aiohttp closes the connection without a word to who reads.
    """
    closed = protocol.closed if protocol is not None else None
    if closed is None:
        return

    def tell(lost: asyncio.Future[None]) -> None:
        lost.exception()
        if not content.is_eof() and content.exception() is None:
            content.set_exception(aiohttp.ClientPayloadError("the connection was lost"))

    closed.add_done_callback(tell)
