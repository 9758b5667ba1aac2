"""The calling side: connections to the one upstream that the configuration names.

No request chooses another host: what goes up is the request's own path behind the configured one,
and nothing of the request is read that could change that. aiohttp makes the connections, verifies
their certificates and keeps them; what is sent on them is written here, byte for byte as it came.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncGenerator
from contextlib import ExitStack
from pathlib import Path
from typing import TypeAlias

import aiohttp
from aiohttp.connector import Connection
from aiohttp.helpers import get_env_proxy_for_url
from aiohttp.http import HttpProcessingError
from yarl import URL

from runreel.core.http import wire
from runreel.errors import ConfigError, UpstreamError
from runreel.model import Headers
from runreel.shell.record.upstream_connection import UpstreamConnection
from runreel.shell.record.upstream_response import UpstreamResponse

SendableBody: TypeAlias = bytes | AsyncGenerator[bytes, None] | None

_IDLE_SECONDS = 5.0
"""Shorter than servers close idle connections: a POST on a stale one would be lost, and a proxy
must not send it again by itself (RFC 9110, section 9.2.2)."""
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
        """Connect lazily; must be made inside a running event loop. Times are in seconds."""
        self.url = url.rstrip("/")
        self._connector_request = _build_connector_request(
            URL(self.url, encoded=True), trust_env=trust_env
        )
        self._host = self._connector_request.headers["Host"].encode()
        self._target_prefix = _build_target_prefix(self._connector_request)
        self._connector = aiohttp.TCPConnector(
            limit=0, keepalive_timeout=_IDLE_SECONDS, ssl=_build_ssl_context(ca_file)
        )
        self._timeout = aiohttp.ClientTimeout(total=None, connect=connect_timeout)
        self._read_timeout = read_timeout
        self._max_head = max_head

    async def send(
        self, method: str, target: bytes, headers: Headers, body: SendableBody
    ) -> UpstreamResponse:
        """Send a request and wait for the head of its answer, which the caller must close.

        Raises ``UpstreamError`` with what went wrong, in words that hold nothing of the request.
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
            # The connection was kept, and closed in this moment: RFC 9112, section 9.3.1.
            is_stale = not isinstance(error, aiohttp.ClientConnectorError)
            if not is_stale or method not in _IDEMPOTENT_METHODS or body is not None:
                raise
        return await self._send_once(method, target, headers, body)

    async def _send_once(
        self, method: str, target: bytes, headers: Headers, body: SendableBody
    ) -> UpstreamResponse:
        connection = await self._acquire_connection()
        call = UpstreamConnection(
            connection, method, read_timeout=self._read_timeout, max_head=self._max_head
        )
        with ExitStack() as failed:
            failed.callback(call.close)
            framing = _build_framing_headers(method, headers, body)
            named = (*self._build_first_headers(), *headers, *framing)
            head = wire.format_request_head(method, self._target_prefix + target, named)
            if isinstance(body, AsyncGenerator):
                call.send(head)
                call.send_body(body, chunked=framing == _CHUNKED)
            else:
                call.send(head + body if body else head)
            incoming = UpstreamResponse(await call.read_head(), call)
            failed.pop_all()
            return incoming

    async def _acquire_connection(self) -> Connection:
        """A connection on which the upstream has said nothing yet that nobody asked for."""
        for _ in range(_MAX_CONNECTION_ATTEMPTS):
            connection = await self._connect()
            if connection.protocol is None or not connection.protocol.should_close:
                return connection
            connection.close()
        raise HttpProcessingError

    async def _connect(self) -> Connection:
        try:
            return await self._connector.connect(
                self._connector_request, traces=[], timeout=self._timeout
            )
        except TimeoutError:
            raise aiohttp.ConnectionTimeoutError from None

    def _build_first_headers(self) -> Headers:
        """What is said to the upstream, or to the proxy before it, in the configuration's name."""
        host = (b"Host", self._host)
        secret = self._connector_request.headers.get(
            "Proxy-Authorization"
        )  # aiohttp adds it where it belongs
        return (host,) if secret is None else (host, (b"Proxy-Authorization", secret.encode()))

    def _build_error(self, error: Exception) -> UpstreamError:
        status = 504 if isinstance(error, TimeoutError) else 502
        return UpstreamError(f"The upstream {self.url} {_describe_cause(error)}.", status=status)


def _build_connector_request(url: URL, *, trust_env: bool) -> aiohttp.ClientRequest:
    """What aiohttp's connector wants to know of a request: where to, and through which proxy.

    Raises ``ConfigError`` where the environment's proxy is none.
    """
    proxy, credentials = None, None
    if trust_env:
        try:
            proxy, credentials = get_env_proxy_for_url(url)
        except LookupError:
            pass  # there is none for this way
        except ValueError:
            name = f"{url.scheme.upper()}_PROXY"
            raise ConfigError((f"trust_env: {name} is not the URL of a proxy",)) from None
    return aiohttp.ClientRequest(
        "GET", url, loop=asyncio.get_running_loop(), proxy=proxy, proxy_auth=credentials
    )


def _build_target_prefix(connector_request: aiohttp.ClientRequest) -> bytes:
    """What stands before each target: the configured path, and for a plain proxy the host, too."""
    path = connector_request.url.raw_path.rstrip("/")
    if connector_request.proxy is not None and not connector_request.is_ssl():
        path = f"{connector_request.url.scheme}://{connector_request.headers['Host']}{path}"
    return path.encode()


_CHUNKED: Headers = ((b"Transfer-Encoding", b"chunked"),)
_EMPTY: Headers = ((b"Content-Length", b"0"),)


def _build_framing_headers(method: str, headers: Headers, body: SendableBody) -> Headers:
    """What is to be added so that the end of the body is known."""
    if wire.find_header(headers, b"content-length") is not None:
        return ()
    if body is None:
        return () if method in _METHODS_WITHOUT_BODY else _EMPTY
    if isinstance(body, bytes):
        return ((b"Content-Length", b"%d" % len(body)),)
    return _CHUNKED


_CAUSES: tuple[tuple[type[Exception], str], ...] = (
    (
        aiohttp.ClientSSLError,
        "has a TLS certificate that could not be verified (set ca_file if it is yours)",
    ),
    (aiohttp.ClientConnectorDNSError, "has a host name that could not be resolved"),
    (aiohttp.ClientConnectorError, "could not be reached ({reason})"),
    (aiohttp.ConnectionTimeoutError, "could not be reached in time (limits.connect_timeout)"),
    (TimeoutError, "did not answer in time (limits.read_timeout)"),
    (aiohttp.ServerDisconnectedError, "closed the connection before it answered"),
    (aiohttp.ClientOSError, "broke the connection off ({reason})"),
    (
        HttpProcessingError,
        "answered with something that is not HTTP/1.1, or with a head beyond limits.max_head",
    ),
    (aiohttp.ClientHttpProxyError, "could not be reached: the proxy before it refused"),
    (Exception, "could not be asked ({name})"),
)
"""The texts of aiohttp's errors can hold a request's headers: each kind gets words of its own."""


def _describe_cause(error: Exception) -> str:
    words = next(words for kind, words in _CAUSES if isinstance(error, kind))
    return words.format(reason=_describe_errno(error), name=type(error).__name__)


def _describe_errno(error: Exception) -> str:
    """The error's number in words: asyncio's own text repeats the address instead."""
    number = getattr(error, "errno", None)
    return os.strerror(number) if number else "no address answered"


def _build_ssl_context(ca_file: str) -> ssl.SSLContext | bool:
    if not ca_file:
        return True
    if not Path(ca_file).is_file():
        raise ConfigError((f"ca_file: there is no file {ca_file}",))
    try:
        return ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError:
        raise ConfigError((f"ca_file: {ca_file} holds no PEM certificates",)) from None
