"""A server that listens on an address: a handler's responses, and the proxy's own endpoints."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import partial

import structlog
from aiohttp.web_request import BaseRequest
from aiohttp.web_response import StreamResponse
from msgspec import Struct

from runreel.config import Address
from runreel.core.cors import CorsPolicy
from runreel.core.dialect import DialectFinder
from runreel.dialects import Plain, find_dialect
from runreel.model import Headers
from runreel.shell.server.acceptor import Acceptor, bind_sockets
from runreel.shell.server.access import AccessPolicy
from runreel.shell.server.admin import (
    PREFIX,
    AdminHandler,
    AdminPaths,
    HealthDescription,
    OpenPaths,
)
from runreel.shell.server.connection import Handler, HttpServer, JsonResponse, RawResponse
from runreel.shell.server.files import StaticFolder
from runreel.shell.server.incoming_request import RefusedError
from runreel.shell.server.pages import PageAccess

log = structlog.get_logger()

_CLOSING_SECONDS = 1.0

_DO_NOT_RETRY: Headers = ((b"x-should-retry", b"false"),)


class Listener(Struct, frozen=True):
    """A server that accepts connections."""

    url: str
    """The base URL for clients."""
    port: int
    acceptor: Acceptor
    server: HttpServer
    dispatcher: _Dispatcher

    async def adopt(self, connection: socket.socket, data: bytes, is_worker: bool) -> None:
        """Take over a connection from another worker, with what that has read of its request.

        ``is_worker``: that worker itself is at the other end.
        """
        make = partial(self.server.make_connection, early_data=data, is_worker=is_worker)
        await self.acceptor.adopt(connection, make)

    async def stop_accepting(self) -> None:
        """Refuse new connections, and new requests on open ones; answers in progress continue."""
        self.dispatcher.stop()
        self.acceptor.close()


@asynccontextmanager
async def listen(
    handler: Handler,
    address: Address,
    *,
    mode: str,
    max_head: int,
    admin_handler: AdminHandler | None = None,
    open_paths: OpenPaths | None = None,
    describe_health: HealthDescription = dict,
    hosts: Iterable[str] = (),
    token: str = "",
    fd: int | None = None,
    sockets: Sequence[socket.socket] | None = None,
    keep_alive: bool = True,
    cors: CorsPolicy | None = None,
    files: StaticFolder | None = None,
    find_dialect: DialectFinder = find_dialect,
) -> AsyncIterator[Listener]:
    """Serve ``handler`` at ``address`` for the length of the block, then close all connections.

    ``admin_handler`` and ``open_paths`` answer the proxy's own endpoints except health, to whose
    answer ``describe_health`` adds members; ``hosts`` and ``token`` are those of ``AccessPolicy``.
    ``fd``: the descriptor of a socket that is bound to the address;
    ``sockets``: all sockets that are. ``keep_alive``: False to close each connection after its
    first answer. ``cors``: the pages of other origins that may use it; ``files``: a folder with
    pages of its own. ``find_dialect`` returns the dialect in which a
    request is refused. Raises ``RunreelError`` if it cannot listen on the address.
    """
    policy = AccessPolicy.build(address.host, hosts, token)
    admin = AdminPaths(policy, mode, admin_handler, describe_health, open_paths)
    dispatcher = _Dispatcher(handler, admin, PageAccess(policy, cors, files), find_dialect)
    server = HttpServer(dispatcher.handle, max_head=max_head, keep_alive=keep_alive)
    try:
        bound = await bind_sockets(address, fd) if sockets is None else sockets
        acceptor = Acceptor(bound, server)
        try:
            url = f"http://{Address(address.host, acceptor.port)}"
            yield Listener(url, acceptor.port, acceptor, server, dispatcher)
        finally:
            acceptor.close()
    finally:
        await _close(server)


async def _close(server: HttpServer) -> None:
    """Close all connections: those with a request after their answer, or after a second."""
    await asyncio.sleep(0)  # for requests that have just arrived
    server.pre_shutdown()
    await server.shutdown(_CLOSING_SECONDS)


class _Dispatcher:
    """Hands requests for the proxy's own endpoints to these, and all others to the handler."""

    def __init__(
        self,
        handler: Handler,
        admin: AdminPaths,
        pages: PageAccess,
        find_dialect: DialectFinder,
    ) -> None:
        self._handler = handler
        self._admin = admin
        self._find_dialect = find_dialect
        self._pages = pages if pages.is_on else None

    def stop(self) -> None:
        """Refuse requests from now on."""
        self._admin.is_stopping = True

    async def handle(self, request: BaseRequest) -> StreamResponse:
        """Answer one request."""
        if self._pages is not None:
            self._pages.forget_origin(request)
        try:
            if request.raw_path.startswith(PREFIX):
                return await self._admin.handle(request)
            if self._admin.is_stopping:
                return self._refuse(request, RefusedError("runreel is shutting down.", status=503))
            if self._pages is not None:
                response = await self._pages.handle(request)
                if response is not None:
                    return response
            return await self._handler(request)
        except RefusedError as error:
            return self._refuse(request, error)
        except ConnectionError:
            log.info("client_left_early", method=request.method)
            response = RawResponse(request)
            response.abort()
            return response

    def _refuse(self, request: BaseRequest, error: RefusedError) -> JsonResponse:
        dialect = Plain() if error.request is None else self._find_dialect(error.request)
        body = dialect.build_error(str(error), error.code, error.request)
        return JsonResponse(request, error.status, body, extra=_DO_NOT_RETRY, close=True)
