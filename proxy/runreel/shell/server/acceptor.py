"""Accepting connections within the limit on open files.

A server that accepts until no descriptor is left cannot open connections to the upstream any more.
asyncio's own server then reports an error a hundred times at once, and uvloop's closes the clients'
connections without a word. Here a client that would be one too many waits in the kernel's queue,
and is accepted when another has left. The log says so.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

import structlog

from runreel.config import Address
from runreel.errors import RunreelError
from runreel.shell.process.logs import LogInterval
from runreel.shell.process.rlimits import SHORT_OF_RESOURCES, count_allowed_connections

log = structlog.get_logger()

_BACKLOG = 1024
_BATCH = 64
"""Connections accepted in one go; then the loop does other work."""
_RETRY_SECONDS = 0.5


ConnectionMaker: TypeAlias = Callable[[Callable[[], None]], asyncio.Protocol]
"""Returns the protocol of a new connection; its argument is to be called when that is lost."""


class ConnectionServer(Protocol):
    """A server of the accepted connections."""

    def make_connection(self, on_closed: Callable[[], None]) -> asyncio.Protocol:
        """Return the protocol of a new connection; ``on_closed`` is called when it is lost."""
        ...

    def make_room(self) -> None:
        """Close connections that wait for a request now, and the others after their answer."""
        ...


class Acceptor:
    """Listening sockets, and the number of connections accepted from them."""

    def __init__(self, sockets: Sequence[socket.socket], server: ConnectionServer) -> None:
        """Accept connections from ``sockets``, which are bound, until ``close``."""
        self.sockets = list(sockets)
        self._server = server
        self._limit = count_allowed_connections()
        self._loop = asyncio.get_running_loop()
        self._open = 0
        self._paused: set[socket.socket] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._log_interval = LogInterval()
        for each in self.sockets:
            each.listen(_BACKLOG)
            self._loop.add_reader(each, self._accept, each)

    @property
    def port(self) -> int:
        """The port of the first socket."""
        port: int = self.sockets[0].getsockname()[1]
        return port

    def close(self) -> None:
        """Accept no more connections; those that wait are refused."""
        for each in self.sockets:
            self._loop.remove_reader(each)
            each.close()
        self.sockets = []
        self._paused.clear()

    def _accept(self, listener: socket.socket) -> None:
        if self._open >= self._limit:  # else nobody may be waiting
            self._pause(listener, "limit")
        for _ in range(min(_BATCH, self._limit - self._open)):
            try:
                connection, _ = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in SHORT_OF_RESOURCES:
                    raise
                self._loop.call_later(_RETRY_SECONDS, self._resume)
                self._pause(listener, os.strerror(error.errno))
                return
            self._open += 1
            task = self._loop.create_task(self._connect(connection, self._server.make_connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def adopt(self, connection: socket.socket, make_connection: ConnectionMaker) -> None:
        """Take over a connection that another process has accepted."""
        self._open += 1
        await self._connect(connection, make_connection)

    async def _connect(self, connection: socket.socket, make_connection: ConnectionMaker) -> None:
        connection.setblocking(False)
        protocol = make_connection(self._release)
        try:
            await self._loop.connect_accepted_socket(lambda: protocol, connection)
        except OSError:  # the client has left already
            connection.close()
            self._release()

    def _release(self) -> None:
        """Count a connection as closed, and let the next client in."""
        self._open -= 1
        self._resume()

    def _pause(self, listener: socket.socket, reason: str) -> None:
        """Do not look at the socket until a connection is closed."""
        self._loop.remove_reader(listener)
        self._paused.add(listener)
        self._server.make_room()
        if self._log_interval.is_due():
            log.warning(
                "clients_wait_for_descriptors",
                connections=self._open,
                limit=self._limit,
                reason=reason,
                hint="raise the hard limit on open files: ulimit -Hn",
            )

    def _resume(self) -> None:
        while self._paused:
            listener = self._paused.pop()
            self._loop.add_reader(listener, self._accept, listener)


async def bind_sockets(address: Address, fd: int | None = None) -> list[socket.socket]:
    """Return a socket for each address of the host, or the bound one with the descriptor ``fd``.

    They do not listen yet. Raises ``RunreelError`` if that is not possible.
    """
    sockets: list[socket.socket] = []
    try:
        if fd is not None:
            sockets.append(socket.socket(fileno=fd))
            sockets[0].setblocking(False)
            return sockets
        # asyncio binds the sockets, but does not listen on them.
        bound = await asyncio.get_running_loop().create_server(
            asyncio.Protocol, address.host, address.port, start_serving=False
        )
        sockets += (socket.socket(fileno=os.dup(each.fileno())) for each in bound.sockets)
        bound.close()
    except OSError as error:
        for each in sockets:
            each.close()
        raise _build_listen_error(address, error) from None
    return sockets


def _build_listen_error(address: Address, error: OSError) -> RunreelError:
    # asyncio's message repeats the address; the text of the error number does not.
    reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
    return RunreelError(
        f"cannot listen on {address}: {reason}. "
        "Choose another address with --listen, or port 0 for any free one."
    )
