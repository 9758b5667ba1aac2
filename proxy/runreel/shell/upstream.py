"""The calling side: one client session towards the one upstream that the configuration names.

No request chooses another host: the URL is the configured one with the request's own path behind
it, redirects are handed on, and cookies, netrc and automatic headers stay out.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterable
from functools import lru_cache
from pathlib import Path

import aiohttp
from multidict import CIMultiDict, istr
from yarl import URL

from runreel.errors import ConfigError, UpstreamError
from runreel.model import Headers, Problem
from runreel.shell.incoming import Incoming

_AUTOMATIC = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
_IDLE_SECONDS = 5.0
"""Shorter than servers close idle connections: a POST on a stale one would be lost, and a proxy
must not send it again by itself (RFC 9110, section 9.2.2)."""
_HEADERS_AT_MOST = 1024
_NAMES_REMEMBERED = 256


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
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0, keepalive_timeout=_IDLE_SECONDS, ssl=_tls(ca_file)
            ),
            timeout=aiohttp.ClientTimeout(
                total=None, connect=connect_timeout, sock_read=read_timeout
            ),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=_AUTOMATIC,
            trust_env=trust_env,
            max_line_size=max_head,
            max_field_size=max_head,
            max_headers=_HEADERS_AT_MOST,
        )

    async def send(
        self,
        method: str,
        target: bytes,
        headers: Headers,
        body: bytes | AsyncIterable[bytes] | None,
    ) -> Incoming:
        """Send a request and wait for the head of its answer, which the caller must close.

        Raises ``UpstreamError`` with what went wrong, in words that hold nothing of the request.
        """
        try:
            answer = await self._session.request(
                method,
                URL(self.url + target.decode("utf-8", "surrogateescape"), encoded=True),
                headers=_merged(headers),
                data=body,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise self._explained(error) from None
        return Incoming(answer)

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    def _explained(self, error: Exception) -> UpstreamError:
        status = 504 if isinstance(error, TimeoutError) else 502
        return UpstreamError(f"The upstream {self.url} {_cause(error)}.", status=status)


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
        aiohttp.ClientResponseError,
        "answered with something that is not HTTP/1.1, or with a head beyond limits.max_head",
    ),
    (Exception, "could not be asked ({name})"),
)
"""The texts of aiohttp's errors can hold a request's headers: each kind gets words of its own."""


def _cause(error: Exception) -> str:
    words = next(words for kind, words in _CAUSES if isinstance(error, kind))
    return words.format(reason=_reason(error), name=type(error).__name__)


def _reason(error: Exception) -> str:
    """The error's number in words: asyncio's own text repeats the address instead."""
    number = getattr(error, "errno", None)
    return os.strerror(number) if number else "no address answered"


def _merged(headers: Headers) -> CIMultiDict[str]:
    """The headers for aiohttp, which keeps a repeated name only if it is spelled alike."""
    spelling: dict[bytes, bytes] = {}
    merged: CIMultiDict[str] = CIMultiDict()
    for name, value in headers:
        spelled = spelling.setdefault(name.lower(), name)
        merged.add(_as_name(spelled), value.decode("utf-8", "surrogateescape"))
    return merged


@lru_cache(_NAMES_REMEMBERED)
def _as_name(name: bytes) -> istr:
    """The header's name as aiohttp has it; the same few come with every request."""
    return istr(name.decode("latin-1"))


def unsendable(headers: Headers) -> tuple[Problem, ...]:
    """The headers that aiohttp cannot hand on as they are: it writes text in UTF-8."""
    return tuple(
        Problem(
            f"headers.{name.decode('latin-1').lower()}",
            "holds bytes that are not UTF-8, which were not handed on",
        )
        for name, value in headers
        if not value.isascii() and value.decode("utf-8", "replace").encode() != value
    )


def _tls(ca_file: str) -> ssl.SSLContext | bool:
    if not ca_file:
        return True
    if not Path(ca_file).is_file():
        raise ConfigError((f"ca_file: there is no file {ca_file}",))
    try:
        return ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError:
        raise ConfigError((f"ca_file: {ca_file} holds no PEM certificates",)) from None
