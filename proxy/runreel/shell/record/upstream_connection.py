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
from runreel.shell.record.read_timeout import Silence

_BUFFERED = 1 << 18
_HEADERS_AT_MOST = 1024
_SWITCHING = 101
_BODILESS = frozenset({_SWITCHING, 204, 304})


class Call(asyncio.Protocol):
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
        self.told: Callable[[], None] = _nobody
        """Called whenever something of the body has come, be it its end."""
        self.content: aiohttp.StreamReader = EMPTY_PAYLOAD
        self.lost = False
        self.was_reset = False
        """Whether the connection was broken off (RST), not closed."""
        self.fell_silent = False
        self.silence = Silence(read_timeout, self._silent)
        self._head: asyncio.Future[RawResponseMessage] = loop.create_future()
        self._loop = loop
        self._connection = connection
        self._handler = connection.protocol
        self._transport = connection.transport
        self._fit = False
        self._left = False
        self._payload: aiohttp.StreamReader = EMPTY_PAYLOAD
        self._reading_paused = False
        self._writable: asyncio.Future[None] | None = None
        self._upload: asyncio.Task[None] | None = None
        self._parser = HttpResponseParser(
            self,  # type: ignore[arg-type]  # it asks no more of it than there is here
            loop,
            _BUFFERED,
            payload_exception=aiohttp.ClientPayloadError,
            response_with_body=method != "HEAD",
            read_until_eof=True,
            auto_decompress=False,
            max_line_size=max_head,
            max_field_size=max_head,
            max_headers=_HEADERS_AT_MOST,
        )
        self._transport.set_protocol(self)

    def send(self, data: bytes) -> None:
        """Send the request, or its head if a body is to follow."""
        self._transport.write(data)
        self.silence.begin()

    def send_body(self, pieces: AsyncGenerator[bytes, None], *, chunked: bool) -> None:
        """Send what ``pieces`` gives, while the answer may come already."""
        self.silence.end()  # the upstream waits for the client
        self._upload = self._loop.create_task(self._send_pieces(pieces, chunked=chunked))

    async def head(self) -> RawResponseMessage:
        """The head of the answer.

        Raises aiohttp's errors: the connection was lost, the upstream fell silent, or it sent
        something that is no HTTP.
        """
        return await self._head

    def close(self) -> None:
        """Leave the connection; it is kept if the answer was read to its end."""
        self.told = _nobody
        self._leave()
        # What knows this call in turn goes: looking for such rings would cost more than the call.
        self.content = self._payload = EMPTY_PAYLOAD
        self._upload = None

    def _leave(self) -> None:
        if self._left:
            return
        self._left = True
        del self._parser
        self.silence.stop()
        self._head.cancel()
        if not self.lost:
            self._transport.set_protocol(self._handler)
        if self._upload is not None and not self._upload.done():
            self._upload.cancel()
            self._fit = False
        if self._fit and self._payload.is_eof():
            self._connection.release()
        else:
            self._connection.close()

    # The request

    async def _send_pieces(self, pieces: AsyncGenerator[bytes, None], *, chunked: bool) -> None:
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    await self._send_piece(wire.chunk(piece) if piece and chunked else piece)
            await self._send_piece(wire.LAST_CHUNK if chunked else b"")
        except OSError as error:  # the client left
            self._fail(aiohttp.ClientOSError(error.errno, "the request came to no end"))
        except Exception:  # what the client sent is no HTTP
            self._fail(aiohttp.ClientConnectionError("the request came to no end"))
        else:
            self._wait_for_the_head()

    def _wait_for_the_head(self) -> None:
        if not self._head.done():  # else it is for the reader of the body to say
            self.silence.begin()

    async def _send_piece(self, data: bytes) -> None:
        if self.lost or not data:
            return
        self._transport.write(data)
        if self._handler.writing_paused:
            self._writable = self._loop.create_future()
            await self._writable

    def pause_writing(self) -> None:
        """The upstream takes no more for now."""
        self._handler.pause_writing()

    def resume_writing(self) -> None:
        """It does again."""
        self._handler.resume_writing()
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
            self._take(message, payload)
        self._tell()

    def _take(self, message: RawResponseMessage, payload: aiohttp.StreamReader) -> None:
        if 100 <= message.code < 200 and message.code != _SWITCHING:
            if self._upload is None or self._upload.done():
                self._wait_for_the_head()
            return
        if self._head.done():
            self._fit = False  # nobody asked for a second answer
            return
        self._fit = not message.should_close and message.code != _SWITCHING
        self._payload = payload
        self.content = EMPTY_PAYLOAD if message.code in _BODILESS else payload
        self._head.set_result(message)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has gone."""
        self.lost = True
        self.was_reset = isinstance(exc, OSError)
        self._handler.connection_lost(exc)
        self._wake_writer()
        if self._left:
            return  # TLS says so late
        try:
            self._parser.feed_eof()  # which may be the end of the body
        except Exception:  # or less than what its framing promised
            self._fit = False
        if isinstance(exc, OSError):
            self._fail(aiohttp.ClientOSError(*exc.args))
        else:
            self._fail(aiohttp.ServerDisconnectedError())
        # What came before can be taken: aiohttp would withhold it behind an error.
        self.content.set_exception(None)  # type: ignore[arg-type]  # clears it
        self._tell()

    def _silent(self) -> None:
        self.fell_silent = True
        self._fail(aiohttp.SocketTimeoutError("the upstream fell silent"))
        self._tell()

    def _fail(self, error: Exception) -> None:
        """The connection serves no more; if there is no answer yet, there will be none."""
        self._fit = False
        if not self._head.done():
            self._head.set_exception(error)

    def _tell(self) -> None:
        if self.lost or (self._payload.is_eof() and self._head.done()):
            self._leave()  # the connection may serve the next request already
        self.told()

    def pause_reading(self) -> None:
        """Part of what aiohttp's streams expect: too much has come that was not taken."""
        if not (self._left or self._reading_paused):
            self._reading_paused = True
            self._transport.pause_reading()

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Part of what aiohttp's streams expect: more may come."""
        if self._reading_paused:
            self._reading_paused = False
            if not self._transport.is_closing():
                self._transport.resume_reading()


def _nobody() -> None:
    """Who listens as long as nobody does."""
