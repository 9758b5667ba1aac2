"""Hand a connection over to another process, with what was read of its request.

The descriptor goes through a datagram socket (SCM_RIGHTS, unix(7)), together with one end of a
stream from which the other process reads the bytes of the request. It then has the connection to
itself: the answer has no detour.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from typing import cast

from aiohttp.http import HttpVersion11
from aiohttp.web_request import BaseRequest

from runreel.shell.server.connection import ClientConnection, RawResponse
from runreel.shell.server.incoming_request import (
    RefusedError,
    format_head,
    read_body_start,
    send_continue,
)

_CLIENT, _WORKER = b"c", b"w"
_FDS = 2
_EXPECT = (b"expect",)

AdoptFunction = Callable[[socket.socket, bytes, bool], Awaitable[None]]
"""Takes over a connection: the socket, the bytes of its request that were read, and whether another
worker is at its other end."""


class Outbox:
    """The way of connections to one other process."""

    def __init__(self, channel: socket.socket) -> None:
        """Send through ``channel``, a datagram socket."""
        self._channel = channel
        self._turn = asyncio.Lock()

    async def hand_over(
        self, request: BaseRequest, body: bytes | None, *, max_body: int
    ) -> RawResponse:
        """Hand over the connection of a request; return a response that sends nothing.

        ``body`` is that of the request if it was read; None: it was not. A chunked body is read
        first: raises ``RefusedError`` if it is longer than ``max_body``, or if the client has sent
        another request already. Raises ``ConnectionError`` if the client has left.
        """
        data = await _collect(request, body, max_body)
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client has disconnected")
        fd = os.dup(transport.get_extra_info("socket").fileno())
        try:
            await self._send(fd, data, _CLIENT)
        finally:
            os.close(fd)
        response = RawResponse(request)
        response.abort()  # closes this process's descriptor; the connection stays open
        return response

    async def ask(self, data: bytes) -> bytes:
        """Send a request of a worker's own, with ``Connection: close``; return the answer."""
        reader, writer = await self.open(data)
        try:
            return await reader.read()
        finally:
            writer.close()

    async def open(self, data: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Send a request of a worker's own, and return the connection with its answer."""
        ours, theirs = socket.socketpair()
        with theirs:
            await self._send(theirs.fileno(), data, _WORKER)
        return await asyncio.open_connection(sock=ours)

    async def _send(self, fd: int, data: bytes, kind: bytes) -> None:
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                await self._send_fds(kind, [fd, theirs.fileno()])
            ours.setblocking(False)
            await asyncio.get_running_loop().sock_sendall(ours, data)

    async def _send_fds(self, kind: bytes, fds: list[int]) -> None:
        async with self._turn:
            while True:
                try:
                    socket.send_fds(self._channel, [kind], fds)
                except BlockingIOError:
                    await _wait_until_writable(self._channel)
                else:
                    return


class Inbox:
    """Connections that other processes hand over."""

    def __init__(self, channel: socket.socket, adopt: AdoptFunction) -> None:
        """Receive from ``channel`` until ``close``."""
        self._channel = channel
        self._adopt = adopt
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        channel.setblocking(False)
        self._loop.add_reader(channel, self._receive_all)

    def close(self) -> None:
        """Receive no more connections."""
        self._loop.remove_reader(self._channel)

    def _receive_all(self) -> None:
        while True:
            try:
                kind, fds, _, _ = socket.recv_fds(self._channel, 1, _FDS)
            except BlockingIOError:
                return
            sockets = [socket.socket(fileno=fd) for fd in fds]
            if len(sockets) < _FDS:  # this process has no descriptors left
                for each in sockets:
                    each.close()
                continue
            task = self._loop.create_task(self._take_over(*sockets, is_worker=kind == _WORKER))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _take_over(
        self, connection: socket.socket, stream: socket.socket, *, is_worker: bool
    ) -> None:
        reader, writer = await asyncio.open_connection(sock=stream)
        data = await reader.read()
        writer.close()
        await self._adopt(connection, data, is_worker)


async def _wait_until_writable(channel: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    writable = loop.create_future()
    loop.add_writer(channel, _wake, writable)
    try:
        await writable
    finally:
        loop.remove_writer(channel)


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


async def _collect(request: BaseRequest, body: bytes | None, max_body: int) -> bytes:
    """Return the request as far as it was read; nothing more of it is read from then on.

    The last step does not await: no byte can come in between.
    """
    without: tuple[bytes, ...] = ()
    if _is_chunked(request):
        if body is None:
            send_continue(request)
            without = _EXPECT
            body = b"".join(await read_body_start(request, limit=max_body))
        if len(body) > max_body:
            raise RefusedError(
                "With several workers, a chunked body must not be longer than limits.max_body.",
                status=413,
            )
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
    elif body is None:
        body = b"" if request.content.at_eof() else request.content.read_nowait()
    if cast(ClientConnection, request.protocol).has_pipelined_request:
        raise RefusedError("Several workers do not support pipelined requests.", status=400)
    if request.transport is not None:
        request.transport.pause_reading()
    return format_head(request, without=without) + body


def _is_chunked(request: BaseRequest) -> bool:
    return request.version >= HttpVersion11 and "Transfer-Encoding" in request.headers
