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
from runreel.dialects import Plain, dialect_of
from runreel.errors import RunreelError
from runreel.model import Headers
from runreel.shell.server.access import Guard
from runreel.shell.server.admin import PREFIX, Control, OwnPaths
from runreel.shell.server.connection import Handler, LiveAnswer, OwnAnswer, Server
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
    front: _Front

    async def refuse_more(self) -> None:
        """Take no new connections, and no new requests on open ones; what is answered goes on."""
        self.front.stop()
        await self.site.stop()


@asynccontextmanager
async def listening(
    handler: Handler,
    address: Address,
    *,
    mode: str,
    max_head: int,
    control: Control | None = None,
    hosts: Iterable[str] = (),
    token: str = "",
) -> AsyncIterator[Listener]:
    """Serve ``handler`` at ``address`` for the length of the block.

    ``control`` answers the proxy's own paths, asked for by the names ``hosts`` besides the address,
    and with ``token`` where others than this machine can reach that. At the end of the block open
    connections are closed. Raises ``RunreelError`` if the address cannot be had.
    """
    front = _Front(handler, OwnPaths(Guard.of(address.host, hosts, token), mode, control))
    runner = web.ServerRunner(Server(front.handle, max_head=max_head), shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, address.host, address.port)
        try:
            await site.start()
        except OSError as error:
            raise _taken(address, error) from None
        port = runner.addresses[0][1]
        yield Listener(f"http://{Address(address.host, port)}", port, site, front)
    finally:
        await runner.cleanup()


def _taken(address: Address, error: OSError) -> RunreelError:
    # The message of asyncio repeats the address; the number's own text does not.
    reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
    return RunreelError(
        f"cannot listen on {address}: {reason}. "
        "Choose another address with --listen, or port 0 for any free one."
    )


class _Front:
    """Tells the proxy's own paths from the upstream's."""

    def __init__(self, handler: Handler, own: OwnPaths) -> None:
        self._handler = handler
        self._own = own

    def stop(self) -> None:
        """Refuse requests from now on."""
        self._own.is_stopping = True

    async def handle(self, request: BaseRequest) -> web.StreamResponse:
        try:
            if request.raw_path.startswith(PREFIX):
                return await self._own.handle(request)
            if self._own.is_stopping:
                return _refused(request, RefusedError("runreel is shutting down.", status=503))
            return await self._handler(request)
        except RefusedError as refusal:
            return _refused(request, refusal)
        except ConnectionError:
            log.info("client_left_early", method=request.method)
            gone = LiveAnswer(request)
            gone.abandon()
            return gone


def _refused(request: BaseRequest, refusal: RefusedError) -> OwnAnswer:
    dialect = Plain() if refusal.request is None else dialect_of(refusal.request)
    body = dialect.error(str(refusal), refusal.code)
    return OwnAnswer(request, refusal.status, body, extra=_DO_NOT_RETRY, close=True)
