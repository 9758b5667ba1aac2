"""aiohttp's low-level server, with responses whose bytes the caller writes.

aiohttp adds headers, repeats the raw request in its error pages and logs, and re-frames bodies.
Here ``core.http.wire`` formats a response and its bytes go to the connection unchanged. The error
response to a malformed request is runreel's own and repeats no part of the request.
"""

from __future__ import annotations

import asyncio
import fcntl
import socket
import struct
import termios
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TypeAlias, cast

import structlog
from aiohttp import StreamReader
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import HttpVersion11, RawRequestMessage
from aiohttp.http_exceptions import LineTooLong
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest
from aiohttp.web_response import StreamResponse
from aiohttp.web_server import Server

from runreel.core.cors import replace_cors_headers
from runreel.core.http import wire
from runreel.core.http.wire import Framing
from runreel.core.replay.send_plan import Finish
from runreel.dialects.plain import Plain
from runreel.model import Headers
from runreel.shell.process.logs import locate_error

log = structlog.get_logger()

Handler: TypeAlias = Callable[[BaseRequest], Awaitable[StreamResponse]]

SAFE_HEADERS: Headers = (
    (
        b"Content-Security-Policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        b"connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
    (b"X-Content-Type-Options", b"nosniff"),
    (b"Referrer-Policy", b"no-referrer"),
    (b"Cross-Origin-Opener-Policy", b"same-origin"),
    (b"Cross-Origin-Resource-Policy", b"same-origin"),
    (b"X-Frame-Options", b"DENY"),
)
"""Headers of every answer of the proxy's own endpoints: the page runs its own files alone."""

WRITE_BUFFER_SIZE = 0x10000
"""Bytes that a connection buffers before the sender has to wait for the client."""

_FLUSH_POLL_INTERVAL = 0.001
_FLUSH_TIMEOUT = 5.0
_MAX_HEADERS = 1024


class ClientConnection(RequestHandler):
    """One client connection."""

    on_lost: Callable[[], None] | None = None
    """Called when the connection is lost while its request is being answered."""
    last_answered: BaseRequest | None = None
    """The last request for which response bytes were sent."""
    on_writable: Callable[[], None] | None = None
    """Called when writing may continue after it was paused for a slow client."""
    on_closed: Callable[[], None] | None = None
    """Called when the connection is lost, at any time."""
    cors_headers: Headers = ()
    """Headers that the answer to the current request gets for a page of another origin."""
    early_data: bytes = b""
    """Bytes of the first request that another worker has read before."""
    is_worker = False
    """True if another worker of this server is at the other end."""

    @property
    def has_pipelined_request(self) -> bool:
        """True if another request was received before the answer to this one (pipelining)."""
        return bool(self._messages)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Handle the connection, and what was read from it before."""
        super().connection_made(transport)
        if self.early_data:
            self.data_received(self.early_data)
            self.early_data = b""

    def resume_writing(self) -> None:
        """Handle the end of a pause: the write buffer has drained."""
        super().resume_writing()
        if self.on_writable is not None:
            self.on_writable()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Handle the loss of the connection."""
        super().connection_lost(exc)
        if self.on_lost is not None:
            self.on_lost()
        if self.on_closed is not None:
            self.on_closed()

    def make_room(self) -> None:
        """Close the connection: at once if it waits for another request, else after the answer."""
        if self._current_request is None and self.last_answered is not None:
            self.force_close()
        elif self._current_request is not None:
            self.close()

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> StreamResponse:
        """Return the response to a malformed request, or to one whose handler failed.

        It repeats no part of the request, which may contain a key. Raises ``ConnectionError`` if
        response bytes were sent already.
        """
        cause = type(exc).__name__ if exc is not None else "unknown"
        if status >= 500:
            log.error(
                "request_failed",
                status=status,
                cause=cause,
                where=locate_error(exc) if exc is not None else "",
            )
            text = f"runreel failed to handle this request ({cause}); see its log for the place."
        else:
            log.warning("request_refused", status=status, cause=cause)
            text = _describe_refusal(exc, cause)
        if self.last_answered is request:
            self.force_close()
            raise ConnectionError("the response has started, so it can only be cut off")
        body = Plain().build_error(text, "runreel_bad_request")
        return JsonResponse(request, status, body, extra=SAFE_HEADERS, close=True)


def _describe_refusal(exc: BaseException | None, cause: str) -> str:
    if isinstance(exc, LineTooLong):
        return "The request line or a header is longer than limits.max_head allows."
    return f"The request is not valid HTTP/1.1 ({cause}); it was not forwarded."


class LastRequest(BaseRequest):
    """A request after whose answer the connection is closed."""

    @property
    def keep_alive(self) -> bool:
        """False, whatever the client asks for."""
        return False


def _build_last_request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: RequestHandler,
    writer: AbstractStreamWriter,
    task: asyncio.Task[None],
) -> BaseRequest:
    loop = asyncio.get_running_loop()
    return LastRequest(message, payload, protocol, writer, task, loop)


class HttpServer(Server):
    """A low-level server that makes a ``ClientConnection`` for each client."""

    def __init__(self, handler: Handler, *, max_head: int, keep_alive: bool = True) -> None:
        """Limit the request line and each header to ``max_head`` bytes.

        ``keep_alive``: False to close each connection after its first answer.
        """
        super().__init__(handler, request_factory=None if keep_alive else _build_last_request)
        self._max_head = max_head

    def make_connection(
        self, on_closed: Callable[[], None], early_data: bytes = b"", *, is_worker: bool = False
    ) -> ClientConnection:
        """Return the protocol of a new connection; ``on_closed`` is called when it is lost.

        ``early_data`` is what was read from it before. ``is_worker``: another worker has made it.
        """
        connection = ClientConnection(
            self,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # None switches it off
            auto_decompress=False,
            max_line_size=self._max_head,
            max_field_size=self._max_head,
            max_headers=_MAX_HEADERS,
        )
        connection.on_closed = on_closed
        connection.early_data = early_data
        connection.is_worker = is_worker
        return connection

    def make_room(self) -> None:
        """Close connections that wait for a request now, and the others after their answer."""
        close_unused(self)


def close_unused(server: Server) -> None:
    """Close connections that wait for another request now, and the others after their answer."""
    for connection in server.connections:
        cast(ClientConnection, connection).make_room()


class RawResponse(StreamResponse):
    """A response whose bytes the caller writes: head, chunk framing and end."""

    def __init__(self, request: BaseRequest) -> None:
        super().__init__()
        self._request = request
        self._connection = cast(ClientConnection, request.protocol)
        self._transport = request.transport
        self._keeps_connection = True
        self._cors_headers: Headers = self._connection.cors_headers

    @property
    def keep_alive(self) -> bool:
        """True if the connection stays open for another request."""
        return self._keeps_connection

    @property
    def is_writing_paused(self) -> bool:
        """True while the write buffer is full because the client reads too slowly."""
        return self._connection.writing_paused

    def set_writable_callback(self, callback: Callable[[], None] | None) -> None:
        """Call ``callback`` whenever writing may continue after a pause; None: stop that."""
        self._connection.on_writable = callback

    def send_now(self, data: bytes) -> None:
        """Write ``data`` to the connection or its buffer, without waiting.

        The first data begins with the whole head. Raises ``ConnectionError`` if the client has
        disconnected.
        """
        transport = self._transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client has disconnected")
        self._connection.last_answered = self._request
        if self._cors_headers:
            data = replace_cors_headers(data, self._cors_headers)
            self._cors_headers = ()
        transport.write(data)

    async def send(self, data: bytes) -> None:
        """Write ``data``, then wait until the write buffer has room again.

        Raises ``ConnectionError`` if the client has disconnected.
        """
        self.send_now(data)
        if self._connection.writing_paused:
            await self.wait_for_room()

    async def wait_for_room(self) -> None:
        """Wait until the write buffer has room; raises ``ConnectionError`` as ``send`` does."""
        await self._request.writer.drain()

    async def finish(self, finish: Finish) -> None:
        """End the response: keep, close or reset the connection. Nothing can be sent afterwards.

        The connection is kept as well if this is never called.
        """
        self._keeps_connection = finish is Finish.KEEP
        if finish is Finish.RESET:
            await self._reset()
        elif finish is Finish.CLOSE and self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close the connection at once; unsent data is lost."""
        self._keeps_connection = False
        if self._transport is not None:
            self._transport.abort()

    async def _reset(self) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        await _flush(transport)
        sock = transport.get_extra_info("socket")
        if sock is not None:
            # With no time to linger, closing sends RST instead of FIN.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()

    async def prepare(self, request: BaseRequest) -> None:
        """Do nothing when aiohttp prepares the response: the caller sends the head itself."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing when aiohttp ends the response: ``finish`` has ended it."""


async def _flush(transport: asyncio.Transport) -> None:
    """Wait until the client has acknowledged all data: a reset discards the rest of it."""
    deadline = asyncio.get_running_loop().time() + _FLUSH_TIMEOUT
    sock = transport.get_extra_info("socket")
    while asyncio.get_running_loop().time() < deadline:
        if transport.is_closing() or (
            transport.get_write_buffer_size() == 0 and _count_unacknowledged(sock) == 0
        ):
            return
        await asyncio.sleep(_FLUSH_POLL_INTERVAL)


def _count_unacknowledged(sock: socket.socket | None) -> int:
    """Return the number of bytes in the socket's send queue (``TIOCOUTQ``); 0 if unknown."""
    if sock is None or not hasattr(termios, "TIOCOUTQ"):
        return 0
    packed = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
    return int.from_bytes(packed, "little")


class WholeResponse(RawResponse):
    """A response of the proxy's own, sent whole when aiohttp prepares it."""

    def __init__(
        self,
        request: BaseRequest,
        status: int,
        headers: Headers,
        body: bytes = b"",
        *,
        close: bool = False,
    ) -> None:
        """Format the response; ``headers`` must say the length of a ``body``.

        ``close``: close the connection after the response.
        """
        super().__init__(request)
        self._keeps_connection = request.keep_alive and not close
        is_bodiless = request.method == "HEAD"
        head = wire.format_answer_head(
            status,
            HTTPStatus(status).phrase.encode(),
            headers,
            framing=Framing.NONE if is_bodiless else Framing.LENGTH,
            http10=request.version < HttpVersion11,
            keep_alive=self._keeps_connection,
        )
        self._data = head if is_bodiless else head + body

    async def prepare(self, request: BaseRequest) -> None:
        """Send the response, head and body."""
        await self.send(self._data)


class JsonResponse(WholeResponse):
    """A JSON response of the proxy's own."""

    def __init__(
        self,
        request: BaseRequest,
        status: int,
        body: bytes,
        *,
        extra: Headers = (),
        close: bool = False,
    ) -> None:
        """Format the response. ``body`` is JSON text; ``extra`` headers follow the content length.

        ``close``: close the connection after the response.
        """
        length = b"%d" % len(body)
        headers = ((b"Content-Type", b"application/json"), (b"Content-Length", length), *extra)
        super().__init__(request, status, headers, body, close=close)
