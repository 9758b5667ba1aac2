"""The listening side: aiohttp's low-level server, with answers written as they are.

aiohttp adds headers, prints the raw request into its error pages and logs, and re-frames bodies.
Here an answer's bytes are made by ``core.http.wire`` and go to the connection untouched, and a
malformed request gets a page of our own that repeats nothing of it.
"""

from __future__ import annotations

import asyncio
import fcntl
import socket
import struct
import termios
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import cast

import structlog
from aiohttp import web
from aiohttp.http import HttpVersion11
from aiohttp.http_exceptions import LineTooLong
from aiohttp.web_request import BaseRequest

from runreel.core.http import wire
from runreel.core.http.wire import Framing
from runreel.core.replay.send_plan import Finish
from runreel.dialects import Plain
from runreel.model import Headers
from runreel.shell.process.logs import locate_error

log = structlog.get_logger()

Handler = Callable[[BaseRequest], Awaitable[web.StreamResponse]]

WRITE_BUFFER_SIZE = 0x10000
"""Bytes that a connection takes without waiting for the client."""

_FLUSH_POLL_INTERVAL = 0.001
_FLUSH_TIMEOUT = 5.0
_MAX_HEADERS = 1024


class ClientConnection(web.RequestHandler):
    """One client connection."""

    on_lost: Callable[[], None] | None = None
    """Called once when the client has gone, while its request is being answered."""
    last_answered: BaseRequest | None = None
    """The last request of which some of the answer was sent."""
    on_writable: Callable[[], None] | None = None
    """Called when the client takes more, after it took no more."""

    def resume_writing(self) -> None:
        """Tell whoever answers that the client has caught up."""
        super().resume_writing()
        if self.on_writable is not None:
            self.on_writable()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Tell whoever answers that nobody reads any more."""
        super().connection_lost(exc)
        if self.on_lost is not None:
            self.on_lost()

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what cannot be handled, without a word of the request (it may hold a key)."""
        cause = type(exc).__name__ if exc is not None else "unknown"
        if status >= 500:
            log.error(
                "request_failed",
                status=status,
                cause=cause,
                where=locate_error(exc) if exc is not None else "",
            )
            text = f"runreel failed on this request ({cause}); its log says where."
        else:
            log.warning("request_refused", status=status, cause=cause)
            text = _describe_refusal(exc, cause)
        if self.last_answered is request:
            self.force_close()
            raise ConnectionError("the answer has begun: it can only be cut off")
        return JsonResponse(
            request, status, Plain().build_error(text, "runreel_bad_request"), close=True
        )


def _describe_refusal(exc: BaseException | None, cause: str) -> str:
    if isinstance(exc, LineTooLong):
        return "The request line or a header is longer than runreel takes (limits.max_head)."
    return f"This is not a request that HTTP/1.1 allows ({cause}); it was not forwarded."


class HttpServer(web.Server):
    """A low-level server whose connections are ours."""

    def __init__(self, handler: Handler, *, max_head: int) -> None:
        """``max_head`` bounds the request line and each header, in bytes."""
        super().__init__(handler)
        self._max_head = max_head

    def __call__(self) -> web.RequestHandler:
        """Make the protocol of a new connection."""
        return ClientConnection(
            self,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # what aiohttp takes for "none"
            auto_decompress=False,
            max_line_size=self._max_head,
            max_field_size=self._max_head,
            max_headers=_MAX_HEADERS,
        )


class RawResponse(web.StreamResponse):
    """An answer whose every byte is given: head, chunk framing and end."""

    def __init__(self, request: BaseRequest) -> None:
        super().__init__()
        self._request = request
        self._connection = cast(ClientConnection, request.protocol)
        self._transport = request.transport
        self._keeps_connection = True

    @property
    def keep_alive(self) -> bool:
        """Whether the connection takes another request after this answer."""
        return self._keeps_connection

    @property
    def is_writing_paused(self) -> bool:
        """Whether the client is too slow: what is written now only waits in memory."""
        return self._connection.writing_paused

    def set_writable_callback(self, callback: Callable[[], None] | None) -> None:
        """Call ``tell`` whenever the client has caught up; None ends that."""
        self._connection.on_writable = callback

    def send_now(self, data: bytes) -> None:
        """Write ``data``, however slow the client is.

        Raises ``ConnectionError`` when the client has gone.
        """
        transport = self._transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client has gone")
        self._connection.last_answered = self._request
        transport.write(data)

    async def send(self, data: bytes) -> None:
        """Write ``data`` now; wait only while the client is too slow to take more.

        Raises ``ConnectionError`` when the client has gone.
        """
        self.send_now(data)
        if self._connection.writing_paused:
            await self._request.writer.drain()

    async def finish(self, how: Finish) -> None:
        """End the answer; nothing can be sent afterwards."""
        self._keeps_connection = how is Finish.KEEP
        if how is Finish.RESET:
            await self._reset()
        elif how is Finish.CLOSE and self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Drop the connection at once, with whatever is still unsent."""
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
        """Part of aiohttp's protocol for answers: the head has been sent already."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Part of aiohttp's protocol for answers: the end has been sent already."""


async def _flush(transport: asyncio.Transport) -> None:
    """Wait until the kernel has delivered what was written: RST discards what it still holds."""
    deadline = asyncio.get_running_loop().time() + _FLUSH_TIMEOUT
    sock = transport.get_extra_info("socket")
    while asyncio.get_running_loop().time() < deadline:
        if transport.is_closing() or (
            transport.get_write_buffer_size() == 0 and _count_unacknowledged(sock) == 0
        ):
            return
        await asyncio.sleep(_FLUSH_POLL_INTERVAL)


def _count_unacknowledged(sock: socket.socket | None) -> int:
    if sock is None or not hasattr(termios, "TIOCOUTQ"):
        return 0
    packed = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
    return int.from_bytes(packed, "little")


class JsonResponse(RawResponse):
    """A JSON answer of the proxy's own, sent whole when aiohttp asks for it."""

    def __init__(
        self,
        request: BaseRequest,
        status: int,
        body: bytes,
        *,
        extra: Headers = (),
        close: bool = False,
    ) -> None:
        """``extra`` headers follow the content type and length; ``close`` ends the connection."""
        super().__init__(request)
        self._keeps_connection = request.keep_alive and not close
        length = b"%d" % len(body)
        bodiless = request.method == "HEAD"
        lines = wire.format_answer_head(
            status,
            HTTPStatus(status).phrase.encode(),
            ((b"Content-Type", b"application/json"), (b"Content-Length", length), *extra),
            framing=Framing.NONE if bodiless else Framing.LENGTH,
            http10=request.version < HttpVersion11,
            keep_alive=self._keeps_connection,
        )
        self._data = lines if bodiless else lines + body

    async def prepare(self, request: BaseRequest) -> None:
        """Part of aiohttp's protocol for answers: send it."""
        await self.send(self._data)
