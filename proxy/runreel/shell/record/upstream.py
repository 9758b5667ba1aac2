"""The client side: connections to the one upstream that the configuration names.

A request cannot choose another host: its path is appended to the configured URL, and nothing else
of it affects where it goes. aiohttp opens the connections, verifies their certificates and pools
them. Requests are written here, so that path and headers are sent byte for byte as received.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncGenerator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TypeAlias
from weakref import WeakSet

import aiohttp
import structlog
from aiohttp.connector import Connection
from aiohttp.helpers import get_env_proxy_for_url
from aiohttp.http import HttpProcessingError
from yarl import URL

from runreel.core.http import wire
from runreel.core.http.headers import find_header
from runreel.errors import ConfigError, UpstreamError
from runreel.model import Headers
from runreel.shell.process.logs import LogInterval
from runreel.shell.process.rlimits import SHORT_OF_RESOURCES
from runreel.shell.record.upstream_connection import UpstreamConnection
from runreel.shell.record.upstream_response import UpstreamResponse

log = structlog.get_logger()

SendableBody: TypeAlias = bytes | AsyncGenerator[bytes, None] | None
"""The body of a request: all of it, an iterator of its pieces, or None if there is no body."""

_IDLE_SECONDS = 1.5
"""Time after which an unused connection is closed: less than servers wait, by half a second for the
way to them. Node and uvicorn close after 5 seconds, gunicorn after 2. A POST on a connection that
the server is closing would fail, and a proxy must not repeat it by itself (RFC 9110, section
9.2.2)."""
_RETRY_SECONDS = 0.1
_MAX_CONNECTION_ATTEMPTS = 10
_METHODS_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_IDEMPOTENT_METHODS = _METHODS_WITHOUT_BODY | {"PUT", "DELETE"}


class Upstream:
    """The real API behind the proxy."""

    def __init__(
        self,
        url: str,
        *,
        connect_timeout: float,
        read_timeout: float,
        max_head: int,
        ca_file: str = "",
        trust_env: bool = False,
    ) -> None:
        """Prepare to connect to ``url``; the first request opens a connection.

        Times are in seconds, ``max_head`` is the limit of each line of a head in bytes, ``ca_file``
        replaces the system's certificate authorities, and ``trust_env`` allows the proxies of
        HTTP_PROXY and the like. An event loop must be running. Raises ``ConfigError``.
        """
        self.url = url.rstrip("/")
        self._connector_request = _build_connector_request(
            URL(self.url, encoded=True), trust_env=trust_env
        )
        self._host = self._connector_request.headers["Host"].encode()
        self._target_prefix = _build_target_prefix(self._connector_request)
        self._connector = aiohttp.TCPConnector(
            limit=0, keepalive_timeout=_IDLE_SECONDS, ssl=_find_ssl_context(ca_file)
        )
        self._used_protocols: WeakSet[object] = WeakSet()  # of connections that had a request
        self._timeout = aiohttp.ClientTimeout(total=None, connect=connect_timeout)
        self._connect_timeout = connect_timeout
        self._log_interval = LogInterval()
        self._read_timeout = read_timeout
        self._max_head = max_head

    async def send(
        self, method: str, target: bytes, headers: Headers, body: SendableBody
    ) -> UpstreamResponse:
        """Send a request, await the head of its response and return this; the caller closes it.

        Raises ``UpstreamError``, whose message does not contain any part of the request.
        """
        try:
            return await self._send(method, target, headers, body)
        except (aiohttp.ClientError, HttpProcessingError, OSError, ValueError) as error:
            raise self._build_error(error) from None

    async def close(self) -> None:
        """Close all connections."""
        await self._connector.close()

    async def _send(
        self, method: str, target: bytes, headers: Headers, body: SendableBody
    ) -> UpstreamResponse:
        try:
            return await self._send_once(method, target, headers, body)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
            # The server may close an idle connection just as it is used: RFC 9112, section 9.3.1.
            is_stale = not isinstance(error, aiohttp.ClientConnectorError)
            if not is_stale or method not in _IDEMPOTENT_METHODS or body is not None:
                raise
        return await self._send_once(method, target, headers, body, is_retry=True)

    async def _send_once(
        self,
        method: str,
        target: bytes,
        headers: Headers,
        body: SendableBody,
        *,
        is_retry: bool = False,
    ) -> UpstreamResponse:
        connection = await (self._open_connection() if is_retry else self._acquire_connection())
        upstream_connection = UpstreamConnection(
            connection, method, read_timeout=self._read_timeout, max_head=self._max_head
        )
        self._used_protocols.add(connection.protocol)
        with ExitStack() as on_error:
            on_error.callback(upstream_connection.close)
            framing = _build_framing_headers(method, headers, body)
            all_headers = (*self._build_first_headers(), *headers, *framing)
            head = wire.format_request_head(method, self._target_prefix + target, all_headers)
            if isinstance(body, AsyncGenerator):
                upstream_connection.send(head)
                upstream_connection.send_body(body, chunked=framing == _CHUNKED)
            else:
                upstream_connection.send(head + body if body else head)
            response = UpstreamResponse(await upstream_connection.read_head(), upstream_connection)
            on_error.pop_all()
            return response

    async def _acquire_connection(self) -> Connection:
        """Return a connection on which nothing has been received since its last response."""
        for _ in range(_MAX_CONNECTION_ATTEMPTS):
            connection = await self._connect()
            if connection.protocol is None or not connection.protocol.should_close:
                return connection
            connection.close()
        raise HttpProcessingError

    async def _open_connection(self) -> Connection:
        """Return a new connection; the kept ones are closed, since the server has closed one."""
        while True:
            connection = await self._connect()
            if connection.protocol not in self._used_protocols:
                return connection
            connection.close()

    async def _connect(self) -> Connection:
        """Return a kept or a new connection; wait if no descriptor is free for it."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._connect_timeout
        while True:
            try:
                return await self._connector.connect(
                    self._connector_request, traces=[], timeout=self._timeout
                )
            except TimeoutError:
                raise aiohttp.ConnectionTimeoutError from None
            except aiohttp.ClientConnectorError as error:
                if error.errno not in SHORT_OF_RESOURCES or loop.time() >= end:
                    raise
                self._log_shortage(error)
            await asyncio.sleep(_RETRY_SECONDS)

    def _log_shortage(self, error: aiohttp.ClientConnectorError) -> None:
        if self._log_interval.is_due():
            log.warning(
                "upstream_waits_for_descriptors",
                reason=_describe_errno(error),
                hint="raise the hard limit on open files: ulimit -Hn",
            )

    def _build_first_headers(self) -> Headers:
        """Return the headers of the proxy itself: ``Host`` and perhaps the proxy's credentials."""
        host = (b"Host", self._host)
        # aiohttp adds it to requests that go through a plain HTTP proxy.
        secret = self._connector_request.headers.get("Proxy-Authorization")
        return (host,) if secret is None else (host, (b"Proxy-Authorization", secret.encode()))

    def _build_error(self, error: Exception) -> UpstreamError:
        status = 504 if isinstance(error, TimeoutError) else 502
        return UpstreamError(f"The upstream {self.url} {_describe_cause(error)}.", status=status)


def _build_connector_request(url: URL, *, trust_env: bool) -> aiohttp.ClientRequest:
    """Build the request object from which aiohttp's connector takes the host and the proxy.

    Raises ``ConfigError`` if the environment's proxy is not a valid URL.
    """
    proxy, credentials = None, None
    if trust_env:
        try:
            proxy, credentials = get_env_proxy_for_url(url)
        except LookupError:
            pass  # no proxy is set for this URL
        except ValueError:
            name = f"{url.scheme.upper()}_PROXY"
            raise ConfigError(
                (f"trust_env: the environment variable {name} is not a valid proxy URL",)
            ) from None
    return aiohttp.ClientRequest(
        "GET", url, loop=asyncio.get_running_loop(), proxy=proxy, proxy_auth=credentials
    )


def _build_target_prefix(connector_request: aiohttp.ClientRequest) -> bytes:
    """Return the prefix of every target: the configured path, or the URL for a plain HTTP proxy."""
    path = connector_request.url.raw_path.rstrip("/")
    if connector_request.proxy is not None and not connector_request.is_ssl():
        path = f"{connector_request.url.scheme}://{connector_request.headers['Host']}{path}"
    return path.encode()


_CHUNKED: Headers = ((b"Transfer-Encoding", b"chunked"),)
_EMPTY: Headers = ((b"Content-Length", b"0"),)


def _build_framing_headers(method: str, headers: Headers, body: SendableBody) -> Headers:
    """Return the headers to add so that the upstream can tell where the body ends."""
    if find_header(headers, b"content-length") is not None:
        return ()
    if body is None:
        return () if method in _METHODS_WITHOUT_BODY else _EMPTY
    if isinstance(body, bytes):
        return ((b"Content-Length", b"%d" % len(body)),)
    return _CHUNKED


_CAUSES: tuple[tuple[type[Exception], str], ...] = (
    (
        aiohttp.ClientSSLError,
        "has a TLS certificate that could not be verified (set ca_file for a private CA)",
    ),
    (aiohttp.ClientConnectorDNSError, "has a host name that could not be resolved"),
    (aiohttp.ClientConnectorError, "could not be reached ({reason})"),
    (aiohttp.ConnectionTimeoutError, "could not be reached in time (limits.connect_timeout)"),
    (TimeoutError, "did not answer in time (limits.read_timeout)"),
    (aiohttp.ServerDisconnectedError, "closed the connection before it answered"),
    (aiohttp.ClientOSError, "closed the connection unexpectedly ({reason})"),
    (
        HttpProcessingError,
        "sent a response that is not HTTP/1.1 or has a head longer than limits.max_head",
    ),
    (
        aiohttp.ClientHttpProxyError,
        "could not be reached: the HTTP proxy rejected the connection",
    ),
    (Exception, "could not answer: the request failed ({name})"),
)
"""Our own text for each kind of error: aiohttp's texts may contain headers of the request."""


def _describe_cause(error: Exception) -> str:
    text = next(text for kind, text in _CAUSES if isinstance(error, kind))
    return text.format(reason=_describe_errno(error), name=type(error).__name__)


def _describe_errno(error: Exception) -> str:
    """Return the text of the error's number; asyncio's own text repeats the address instead."""
    number = getattr(error, "errno", None)
    return os.strerror(number) if number else "no address answered"


def _find_ssl_context(ca_file: str) -> ssl.SSLContext:
    """Return the TLS context with these certificate authorities; those of the system if empty."""
    return _build_ssl_context(ca_file) if ca_file else _get_system_context()


def _build_ssl_context(ca_file: str) -> ssl.SSLContext:
    if not Path(ca_file).is_file():
        raise ConfigError((f"ca_file: file {ca_file} does not exist",))
    try:
        return _offer_http1(ssl.create_default_context(cafile=ca_file))
    except ssl.SSLError:
        raise ConfigError((f"ca_file: {ca_file} does not contain PEM certificates",)) from None


@cache
def _get_system_context() -> ssl.SSLContext:
    """Return a context of our own: aiohttp's may have no certificates (``import_quickly``)."""
    return _offer_http1(ssl.create_default_context())


def _offer_http1(context: ssl.SSLContext) -> ssl.SSLContext:
    context.set_alpn_protocols(("http/1.1",))
    return context
