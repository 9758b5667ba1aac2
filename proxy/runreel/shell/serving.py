"""Listening: from an address to a handler's answers, with the proxy's own paths under ``/-/``."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from aiohttp.web_request import BaseRequest

from runreel import __version__
from runreel.config import Address
from runreel.dialects import Plain
from runreel.errors import RunreelError
from runreel.model import Mode
from runreel.shell.intake import RefusedError
from runreel.shell.server import Handler, LiveAnswer, OwnAnswer, Server

log = structlog.get_logger()

_OWN = "/-/"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Listener:
    """A server that is ready."""

    url: str
    """The base URL that clients use."""
    site: web.TCPSite
    front: _Front

    async def refuse_more(self) -> None:
        """Take no new connections, and no new requests on open ones; what is answered goes on."""
        self.front.is_stopping = True
        await self.site.stop()


@asynccontextmanager
async def listening(
    handler: Handler, address: Address, *, mode: Mode, max_head: int
) -> AsyncIterator[Listener]:
    """Serve ``handler`` at ``address`` for the length of the block.

    Raises ``RunreelError`` if the address cannot be had. At the end of the block open connections
    are closed.
    """
    front = _Front(handler, address.host, mode)
    runner = web.ServerRunner(Server(front.handle, max_head=max_head), shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, address.host, address.port)
        try:
            await site.start()
        except OSError as error:
            raise _taken(address, error) from None
        port = runner.addresses[0][1]
        yield Listener(f"http://{Address(address.host, port)}", site, front)
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

    def __init__(self, handler: Handler, host: str, mode: Mode) -> None:
        self._handler = handler
        self._hosts = _LOOPBACK | {host.lower()}
        self._mode = mode
        self.is_stopping = False

    async def handle(self, request: BaseRequest) -> web.StreamResponse:
        if request.raw_path.startswith(_OWN):
            return self._own(request)
        if self.is_stopping:
            return _refused(request, "runreel is shutting down.", 503)
        try:
            return await self._handler(request)
        except RefusedError as refusal:
            return _refused(request, str(refusal), refusal.status)
        except ConnectionError:
            log.info("client_left_early", method=request.method)
            gone = LiveAnswer(request)
            gone.abandon()
            return gone

    def _own(self, request: BaseRequest) -> web.StreamResponse:
        # A page of a foreign host that resolves to this machine (DNS rebinding) learns nothing.
        if _host_name(request) not in self._hosts:
            return _own_answer(request, 403, {"error": "this host name is not the proxy's"})
        if request.raw_path == "/-/health" and request.method in {"GET", "HEAD"}:
            health = {"status": "ok", "mode": self._mode.value, "version": __version__}
            return _own_answer(request, 200, health)
        return _own_answer(request, 404, {"error": "there is nothing here; try /-/health"})


def _refused(request: BaseRequest, why: str, status: int) -> OwnAnswer:
    return OwnAnswer(request, status, Plain().error(why, "runreel_refused"), close=True)


def _host_name(request: BaseRequest) -> str | None:
    try:
        return urlsplit(f"//{request.headers.get('Host', '')}").hostname
    except ValueError:
        return None


def _own_answer(request: BaseRequest, status: int, body: dict[str, str]) -> OwnAnswer:
    return OwnAnswer(
        request, status, json.dumps(body).encode(), extra=((b"Cache-Control", b"no-store"),)
    )
