"""A connection to the upstream, for the time of one request and its response.

The connection comes from aiohttp's pool, and aiohttp's parser parses the response. In between, this
protocol replaces aiohttp's own, so data is relayed inside ``data_received``, without waiting for
another event-loop iteration. The connection returns to the pool only if the response was received
to its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import TypeAlias

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
_END_OF_HEAD = b"\r\n\r\n"

_ParsedMessage: TypeAlias = tuple[RawResponseMessage, aiohttp.StreamReader]


class UpstreamConnection(asyncio.Protocol):
    """The protocol of a pooled connection from one request to the end of its response."""

    connected = True
    """Required by aiohttp's streams."""

    def __init__(
        self, connection: Connection, method: str, *, read_timeout: float, max_head: int
    ) -> None:
        """Take over ``connection`` for one request of ``method``; ``close`` must be called.

        ``read_timeout`` is in seconds (0: none); ``max_head`` is the limit of each line of a head
        in bytes. Raises ``aiohttp.ServerDisconnectedError`` if the connection has just been lost.
        """
        if connection.protocol is None or connection.transport is None:
            connection.close()
            raise aiohttp.ServerDisconnectedError
        loop = asyncio.get_running_loop()
        self.on_data: Callable[[], None] = _do_nothing
        """Callback for data or the end of the body."""
        self.content: aiohttp.StreamReader = EMPTY_PAYLOAD
        self.is_lost = False
        self.was_reset = False
        """True if the connection was reset (RST) instead of being closed."""
        self.has_timed_out = False
        self.read_timeout = ReadTimeout(read_timeout, self._on_read_timeout)
        self._is_head_request = method == "HEAD"
        self._last_bytes = b""  # of a head that is being received
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
            self,  # type: ignore[arg-type]  # the parser uses only what is defined here
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
        """Send the request, or its head if ``send_body`` follows."""
        self._transport.write(data)
        self.read_timeout.start()

    def send_body(self, pieces: AsyncGenerator[bytes, None], *, chunked: bool) -> None:
        """Start sending the pieces of the body; the response may begin before their end."""
        self.read_timeout.pause()  # until then the client is awaited, not the upstream
        self._body_task = self._loop.create_task(self._send_pieces(pieces, chunked=chunked))

    async def read_head(self) -> RawResponseMessage:
        """Await and return the head of the response.

        Raises aiohttp's errors: the connection was lost, the read timeout expired, the response is
        not HTTP, or the request's body could not be sent to its end.
        """
        return await self._head

    def close(self) -> None:
        """Release the connection; it is reusable if the response was received to its end."""
        self.on_data = _do_nothing
        self._detach()
        # Break reference cycles: the garbage collector's search for them would cost more.
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
            self._fail(aiohttp.ClientOSError(error.errno, "the request's body is incomplete"))
        except Exception:  # the body that the client sent is not valid HTTP
            self._fail(aiohttp.ClientConnectionError("the request's body is incomplete"))
        else:
            self._wait_for_head()

    def _wait_for_head(self) -> None:
        if not self._head.done():  # after that, the reader of the body controls the timeout
            self.read_timeout.start()

    async def _send_piece(self, data: bytes) -> None:
        if self.is_lost or not data:
            return
        self._transport.write(data)
        if self._pooled_protocol.writing_paused:
            self._writable = self._loop.create_future()
            await self._writable

    def pause_writing(self) -> None:
        """Pause the sending of the body, called by the transport (asyncio's flow control)."""
        self._pooled_protocol.pause_writing()

    def resume_writing(self) -> None:
        """Resume the sending of the body, called by the transport."""
        self._pooled_protocol.resume_writing()
        self._wake_writer()

    def _wake_writer(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)

    # The response

    def data_received(self, data: bytes) -> None:
        """Parse ``data`` and notify the reader of the response."""
        try:
            messages = self._parse(data)
        except Exception:  # the parser raises several types for data that is not HTTP
            self._fail(HttpProcessingError())
            self._transport.close()
            return
        for message, payload in messages:
            self._take_message(message, payload)
        self._notify()

    def _parse(self, data: bytes) -> Sequence[_ParsedMessage]:
        """Parse ``data``; up to the head of the answer, head by head.

        Some servers send chunks after an answer that has no body (204, 304, to HEAD). The parser
        would take them for the next answer, and fail.
        """
        messages: list[_ParsedMessage] = []
        while data and not self._head.done():
            size = self._find_end_of_head(data)
            messages += self._parser.feed_data(data[:size])[0]
            data = data[size:]
            if messages and not _is_interim(messages[-1][0]):
                break
        if data and messages and self._lacks_body(messages[-1][0]):
            return messages
        return [*messages, *self._parser.feed_data(data)[0]] if data else messages

    def _find_end_of_head(self, data: bytes) -> int:
        """Return the length of ``data`` up to the end of a head, else of all of it."""
        end = (self._last_bytes + data).find(_END_OF_HEAD)
        size = len(data) if end < 0 else end + len(_END_OF_HEAD) - len(self._last_bytes)
        self._last_bytes = (self._last_bytes + data[:size])[-3:] if end < 0 else b""
        return size

    def _lacks_body(self, message: RawResponseMessage) -> bool:
        return self._is_head_request or message.code in _STATUSES_WITHOUT_BODY

    def _take_message(self, message: RawResponseMessage, payload: aiohttp.StreamReader) -> None:
        if _is_interim(message):
            if self._body_task is None or self._body_task.done():
                self._wait_for_head()
            return
        if self._head.done():
            self._is_reusable = False  # a second response that was not requested
            return
        lacks_body = self._lacks_body(message)
        self._is_reusable = not (
            message.should_close
            or message.code == _SWITCHING_PROTOCOLS
            or (lacks_body and message.chunked)  # the chunks may come, now or later
        )
        self._payload = payload
        self.content = EMPTY_PAYLOAD if lacks_body else payload
        self._head.set_result(message)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the response, or fail if its head is missing."""
        self.is_lost = True
        self.was_reset = isinstance(exc, OSError)
        self._pooled_protocol.connection_lost(exc)
        self._wake_writer()
        if self._is_detached:
            return  # TLS transports may call this late
        try:
            self._parser.feed_eof()  # a body without framing ends here
        except Exception:  # the body is shorter than its framing says
            self._is_reusable = False
        if isinstance(exc, OSError):
            self._fail(aiohttp.ClientOSError(*exc.args))
        else:
            self._fail(aiohttp.ServerDisconnectedError())
        # Clear the error that the parser has set: it would hide the data received before.
        self.content.set_exception(None)  # type: ignore[arg-type]  # None clears it
        self._notify()

    def _on_read_timeout(self) -> None:
        self.has_timed_out = True
        self._fail(aiohttp.SocketTimeoutError("the upstream sent no data in time"))
        self._notify()

    def _fail(self, error: Exception) -> None:
        """Mark the connection as not reusable; raise ``error`` in ``read_head`` if it waits."""
        self._is_reusable = False
        if not self._head.done():
            self._head.set_exception(error)

    def _notify(self) -> None:
        if self.is_lost or (self._payload.is_eof() and self._head.done()):
            self._detach()  # the pool may use the connection for the next request
        self.on_data()

    def pause_reading(self) -> None:
        """Pause reading, called by aiohttp's stream when its buffer is full."""
        if not (self._is_detached or self._is_reading_paused):
            self._is_reading_paused = True
            self._transport.pause_reading()

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Resume reading, called by aiohttp's stream when its buffer has been read."""
        if self._is_reading_paused:
            self._is_reading_paused = False
            if not self._transport.is_closing():
                self._transport.resume_reading()


def _is_interim(message: RawResponseMessage) -> bool:
    return 100 <= message.code < 200 and message.code != _SWITCHING_PROTOCOLS


def _do_nothing() -> None:
    """Do nothing (default callback)."""
