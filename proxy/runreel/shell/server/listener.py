"""Listening: from an address to a handler's answers, with the proxy's own paths under ``/-/``."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from aiohttp import web
from aiohttp.web_request import BaseRequest

from runreel.config import Address
from runreel.dialects import Plain, find_dialect
from runreel.errors import RunreelError
from runreel.model import Headers
from runreel.shell.server.access import AccessPolicy
from runreel.shell.server.admin import PREFIX, AdminHandler, AdminPaths
from runreel.shell.server.connection import Handler, HttpServer, JsonResponse, RawResponse
from runreel.shell.server.incoming_request import RefusedError

log = structlog.get_logger()

_DO_NOT_RETRY: Headers = ((b"x-should-retry", b"false"),)


@dataclass(frozen=True, slots=True)
class Listener:
    """A server that is ready."""

    url: str
    """The base URL that clients use."""
    port: int
    site: web.TCPSite
    dispatcher: _Dispatcher

    async def stop_accepting(self) -> None:
        """Take no new connections, and no new requests on open ones; what is answered goes on."""
        self.dispatcher.stop()
        await self.site.stop()


@asynccontextmanager
async def listen(
    handler: Handler,
    address: Address,
    *,
    mode: str,
    max_head: int,
    admin_handler: AdminHandler | None = None,
    hosts: Iterable[str] = (),
    token: str = "",
) -> AsyncIterator[Listener]:
    """Serve ``handler`` at ``address`` for the length of the block.

    ``control`` answers the proxy's own paths, asked for by the names ``hosts`` besides the address,
    and with ``token`` where others than this machine can reach that. At the end of the block open
    connections are closed. Raises ``RunreelError`` if the address cannot be had.
    """
    front = _Dispatcher(
        handler, AdminPaths(AccessPolicy.build(address.host, hosts, token), mode, admin_handler)
    )
    runner = web.ServerRunner(HttpServer(front.handle, max_head=max_head), shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, address.host, address.port)
        try:
            await site.start()
        except OSError as error:
            raise _build_listen_error(address, error) from None
        port = runner.addresses[0][1]
        yield Listener(f"http://{Address(address.host, port)}", port, site, front)
    finally:
        await runner.cleanup()


def _build_listen_error(address: Address, error: OSError) -> RunreelError:
    # The message of asyncio repeats the address; the number's own text does not.
    reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
    return RunreelError(
        f"cannot listen on {address}: {reason}. "
        "Choose another address with --listen, or port 0 for any free one."
    )


class _Dispatcher:
    """Tells the proxy's own paths from the upstream's."""

    def __init__(self, handler: Handler, admin: AdminPaths) -> None:
        self._handler = handler
        self._admin = admin

    def stop(self) -> None:
        """Refuse requests from now on."""
        self._admin.is_stopping = True

    async def handle(self, request: BaseRequest) -> web.StreamResponse:
        try:
            if request.raw_path.startswith(PREFIX):
                return await self._admin.handle(request)
            if self._admin.is_stopping:
                return _build_refusal(
                    request, RefusedError("runreel is shutting down.", status=503)
                )
            return await self._handler(request)
        except RefusedError as refusal:
            return _build_refusal(request, refusal)
        except ConnectionError:
            log.info("client_left_early", method=request.method)
            gone = RawResponse(request)
            gone.abort()
            return gone


def _build_refusal(request: BaseRequest, refusal: RefusedError) -> JsonResponse:
    dialect = Plain() if refusal.request is None else find_dialect(refusal.request)
    body = dialect.build_error(str(refusal), refusal.code)
    return JsonResponse(request, refusal.status, body, extra=_DO_NOT_RETRY, close=True)
