"""One call to the upstream: the request that goes out on a connection, and what comes back on it.

aiohttp's pool gives the connection, and its parser takes the answer apart. In between, for the
length of the call, the connection speaks to this protocol and not to aiohttp's own: so what has
come is told of before the call that brought it returns, and nobody waits for a turn of the event
loop. A connection goes back to the pool only when its answer was read to the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

import aiohttp
from aiohttp.connector import Connection
from aiohttp.http import HttpProcessingError, HttpResponseParser, RawResponseMessage
from aiohttp.streams import EMPTY_PAYLOAD

from runreel.core.http import wire
from runreel.shell.record.read_timeout import ReadTimeout

_BUFFER_SIZE = 1 << 18
_MAX_HEADERS = 1024
_SWITCHING_PROTOCOLS = 101
_STATUSES_WITHOUT_BODY = frozenset({_SWITCHING_PROTOCOLS, 204, 304})


class UpstreamConnection(asyncio.Protocol):
    """What happens on one connection from a request to the end of its answer."""

    connected = True
    """Part of what aiohttp's parser and streams expect of a protocol."""

    def __init__(
        self, connection: Connection, method: str, *, read_timeout: float, max_head: int
    ) -> None:
        """Take the connection over; ``close`` must be called.

        Raises ``aiohttp.ServerDisconnectedError`` if it has just been lost.
        """
        if connection.protocol is None or connection.transport is None:
            connection.close()
            raise aiohttp.ServerDisconnectedError
        loop = asyncio.get_running_loop()
        self.on_data: Callable[[], None] = _do_nothing
        """Called whenever something of the body has come, be it its end."""
        self.content: aiohttp.StreamReader = EMPTY_PAYLOAD
        self.is_lost = False
        self.was_reset = False
        """Whether the connection was broken off (RST), not closed."""
        self.has_timed_out = False
        self.read_timeout = ReadTimeout(read_timeout, self._on_read_timeout)
        self._head: asyncio.Future[RawResponseMessage] = loop.create_future()
        self._loop = loop
        self._pooled_connection = connection
        self._pooled_protocol = connection.protocol
        self._transport = connection.transport
        self._is_reusable = False
        self._is_detached = False
        self._payload: aiohttp.StreamReader = EMPTY_PAYLOAD
        self._is_reading_paused = False
        self._writable: asyncio.Future[None] | None = None
        self._body_task: asyncio.Task[None] | None = None
        self._parser = HttpResponseParser(
            self,  # type: ignore[arg-type]  # it asks no more of it than there is here
            loop,
            _BUFFER_SIZE,
            payload_exception=aiohttp.ClientPayloadError,
            response_with_body=method != "HEAD",
            read_until_eof=True,
            auto_decompress=False,
            max_line_size=max_head,
            max_field_size=max_head,
            max_headers=_MAX_HEADERS,
        )
        self._transport.set_protocol(self)

    def send(self, data: bytes) -> None:
        """Send the request, or its head if a body is to follow."""
        self._transport.write(data)
        self.read_timeout.start()

    def send_body(self, pieces: AsyncGenerator[bytes, None], *, chunked: bool) -> None:
        """Send what ``pieces`` gives, while the answer may come already."""
        self.read_timeout.pause()  # the upstream waits for the client
        self._body_task = self._loop.create_task(self._send_pieces(pieces, chunked=chunked))

    async def read_head(self) -> RawResponseMessage:
        """The head of the answer.

        Raises aiohttp's errors: the connection was lost, the upstream fell silent, or it sent
        something that is no HTTP.
        """
        return await self._head

    def close(self) -> None:
        """Leave the connection; it is kept if the answer was read to its end."""
        self.on_data = _do_nothing
        self._detach()
        # What knows this call in turn goes: looking for such rings would cost more than the call.
        self.content = self._payload = EMPTY_PAYLOAD
        self._body_task = None

    def _detach(self) -> None:
        if self._is_detached:
            return
        self._is_detached = True
        del self._parser
        self.read_timeout.cancel()
        self._head.cancel()
        if not self.is_lost:
            self._transport.set_protocol(self._pooled_protocol)
        if self._body_task is not None and not self._body_task.done():
            self._body_task.cancel()
            self._is_reusable = False
        if self._is_reusable and self._payload.is_eof():
            self._pooled_connection.release()
        else:
            self._pooled_connection.close()

    # The request

    async def _send_pieces(self, pieces: AsyncGenerator[bytes, None], *, chunked: bool) -> None:
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    await self._send_piece(wire.format_chunk(piece) if piece and chunked else piece)
            await self._send_piece(wire.LAST_CHUNK if chunked else b"")
        except OSError as error:  # the client left
            self._fail(aiohttp.ClientOSError(error.errno, "the request came to no end"))
        except Exception:  # what the client sent is no HTTP
            self._fail(aiohttp.ClientConnectionError("the request came to no end"))
        else:
            self._wait_for_head()

    def _wait_for_head(self) -> None:
        if not self._head.done():  # else it is for the reader of the body to say
            self.read_timeout.start()

    async def _send_piece(self, data: bytes) -> None:
        if self.is_lost or not data:
            return
        self._transport.write(data)
        if self._pooled_protocol.writing_paused:
            self._writable = self._loop.create_future()
            await self._writable

    def pause_writing(self) -> None:
        """The upstream takes no more for now."""
        self._pooled_protocol.pause_writing()

    def resume_writing(self) -> None:
        """It does again."""
        self._pooled_protocol.resume_writing()
        self._wake_writer()

    def _wake_writer(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)

    # The answer

    def data_received(self, data: bytes) -> None:
        """Something has come."""
        try:
            messages, _, _ = self._parser.feed_data(data)
        except Exception:  # the parser's many words for bytes that are no HTTP
            self._fail(HttpProcessingError())
            self._transport.close()
            return
        for message, payload in messages:
            self._take_message(message, payload)
        self._notify()

    def _take_message(self, message: RawResponseMessage, payload: aiohttp.StreamReader) -> None:
        if 100 <= message.code < 200 and message.code != _SWITCHING_PROTOCOLS:
            if self._body_task is None or self._body_task.done():
                self._wait_for_head()
            return
        if self._head.done():
            self._is_reusable = False  # nobody asked for a second answer
            return
        self._is_reusable = not message.should_close and message.code != _SWITCHING_PROTOCOLS
        self._payload = payload
        self.content = EMPTY_PAYLOAD if message.code in _STATUSES_WITHOUT_BODY else payload
        self._head.set_result(message)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has gone."""
        self.is_lost = True
        self.was_reset = isinstance(exc, OSError)
        self._pooled_protocol.connection_lost(exc)
        self._wake_writer()
        if self._is_detached:
            return  # TLS says so late
        try:
            self._parser.feed_eof()  # which may be the end of the body
        except Exception:  # or less than what its framing promised
            self._is_reusable = False
        if isinstance(exc, OSError):
            self._fail(aiohttp.ClientOSError(*exc.args))
        else:
            self._fail(aiohttp.ServerDisconnectedError())
        # What came before can be taken: aiohttp would withhold it behind an error.
        self.content.set_exception(None)  # type: ignore[arg-type]  # clears it
        self._notify()

    def _on_read_timeout(self) -> None:
        self.has_timed_out = True
        self._fail(aiohttp.SocketTimeoutError("the upstream fell silent"))
        self._notify()

    def _fail(self, error: Exception) -> None:
        """The connection serves no more; if there is no answer yet, there will be none."""
        self._is_reusable = False
        if not self._head.done():
            self._head.set_exception(error)

    def _notify(self) -> None:
        if self.is_lost or (self._payload.is_eof() and self._head.done()):
            self._detach()  # the connection may serve the next request already
        self.on_data()

    def pause_reading(self) -> None:
        """Part of what aiohttp's streams expect: too much has come that was not taken."""
        if not (self._is_detached or self._is_reading_paused):
            self._is_reading_paused = True
            self._transport.pause_reading()

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Part of what aiohttp's streams expect: more may come."""
        if self._is_reading_paused:
            self._is_reading_paused = False
            if not self._transport.is_closing():
                self._transport.resume_reading()


def _do_nothing() -> None:
    """Who listens as long as nobody does."""
