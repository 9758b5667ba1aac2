"""The client's request: from aiohttp's type to runreel's ``Request``.

The target must be in origin form (RFC 9112, section 3.2.1), so that no request can choose another
host. Paths that are the proxy's own (``/-/``, ``/@``) are never forwarded.
"""

from __future__ import annotations

import re
from collections.abc import Container
from functools import lru_cache
from typing import cast

from aiohttp.http import HttpVersion11
from aiohttp.web_request import BaseRequest
from msgspec.structs import replace

from runreel.core.http.body_digest import BodyDigest, digest_body
from runreel.core.http.wire import strip_hop_by_hop
from runreel.errors import RunreelError
from runreel.model import Headers, OmittedReason, Request
from runreel.shell.process.uncancellable import run_in_worker
from runreel.shell.server.connection import ClientConnection

_HOST = b"host"
_EXPECT = b"expect"
_SESSION_PREFIX = re.compile(r"/(?:@|%40)([^/?#]*)")  # some clients encode the sign


class RefusedError(RunreelError):
    """A request that the proxy does not handle; the client gets ``status``, ``code`` and message.

    ``request``, if known, selects the dialect in which the error is written.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str = "runreel_refused",
        request: Request | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.request = request


def read_head(request: BaseRequest, path: str | None = None, body: bytes = b"") -> Request:
    """Return the request as it will be recorded, with this ``body``.

    ``path`` replaces the target if a session's prefix was removed from it. Raises ``RefusedError``
    if the target is not a path on the upstream, or for an unsupported transfer coding.
    """
    target = (request.raw_path if path is None else path).encode("utf-8", "surrogateescape")
    _check_target(target)
    _check_transfer_coding(request)
    return Request(request.method, target, _strip_headers(tuple(request.raw_headers)), body)


def format_head(
    request: BaseRequest,
    *,
    method: str = "",
    target: str = "",
    without: Container[bytes] = (),
    extra: Headers = (),
) -> bytes:
    """Return the head of a request as it came, with the blank line after it.

    ``method`` and ``target`` replace its own, if given. Headers whose name is in ``without``, in
    lower case, are left out; ``extra`` headers follow.
    """
    major, minor = request.version
    line = f"{method or request.method} {target or request.raw_path} HTTP/{major}.{minor}"
    headers = (pair for pair in request.raw_headers if pair[0].lower() not in without)
    lines = (line.encode("utf-8", "surrogateescape"), *map(b": ".join, (*headers, *extra)))
    return b"\r\n".join(lines) + b"\r\n\r\n"


def is_from_worker(request: BaseRequest) -> bool:
    """Return whether another worker of this server has sent the request, not a client."""
    return cast(ClientConnection, request.protocol).is_worker


def _check_target(target: bytes) -> None:
    if not target.startswith(b"/"):
        raise RefusedError(
            "The request target must be a path: runreel is a reverse proxy with a fixed upstream.",
            status=400,
        )
    if target.startswith((b"/@", b"/-/")):
        raise RefusedError(
            "A session's name must be followed by a path on the upstream; paths that begin with "
            "/@ or /-/ are runreel's own.",
            status=400,
        )
    if b"#" in target:
        raise RefusedError("A request target must not contain a fragment (#).", status=400)


def _check_transfer_coding(request: BaseRequest) -> None:
    coding = request.headers.get("Transfer-Encoding")
    if coding is None:
        return
    if coding.strip().lower() != "chunked":
        raise RefusedError("runreel supports only `Transfer-Encoding: chunked`.", status=501)
    if request.version < HttpVersion11:
        raise RefusedError("HTTP/1.0 does not support Transfer-Encoding.", status=400)


@lru_cache(256)
def _strip_headers(headers: Headers) -> Headers:
    return tuple(
        pair for pair in strip_hop_by_hop(headers) if pair[0].lower() not in (_HOST, _EXPECT)
    )


def send_continue(request: BaseRequest) -> None:
    """Send ``100 Continue`` if the client expects it; aiohttp's low-level server does not."""
    expects = request.headers.get("Expect", "").lower() == "100-continue"
    if expects and request.version >= HttpVersion11 and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def session_ended_error(request: Request) -> RefusedError:
    """Return the error for a request that arrives after the end of its session."""
    return RefusedError(
        "This session has ended. Create a new one of the same name with POST /-/sessions.",
        status=410,
        code="runreel_session_ended",
        request=request,
    )


def split_session(raw_path: str) -> tuple[str, str | None]:
    """Split ``/@NAME/path`` into the session's name and the path.

    Returns "" and None if the target has no such prefix.
    """
    prefix = _SESSION_PREFIX.match(raw_path)
    if prefix is None:
        return "", None
    rest = raw_path[prefix.end() :]
    return prefix[1], rest if rest.startswith("/") else f"/{rest}"


def build_client_base(request: BaseRequest, path: str | None) -> bytes:
    """Return the base URL of a client, as it sees the proxy; a path, if it has named no host.

    ``path`` is the target without the prefix of a session, or None if it had no such prefix.
    """
    match = None if path is None else _SESSION_PREFIX.match(request.raw_path)
    return _format_base(request.headers.get("Host", ""), "" if match is None else match[0])


@lru_cache(256)
def _format_base(host: str, prefix: str) -> bytes:
    base = f"http://{host}{prefix}" if host else prefix
    return base.encode("utf-8", "surrogateescape")


async def read_body_start(request: BaseRequest, *, limit: int) -> list[bytes]:
    """Read the pieces of the body, up to the first that makes it longer than ``limit`` bytes.

    Raises ``ConnectionError`` if the client disconnects before.
    """
    pieces: list[bytes] = []
    size = 0
    while size <= limit and not request.content.at_eof():
        piece, _ = await request.content.readchunk()
        size += len(piece)
        pieces.append(piece)
    return pieces


async def read_request(request: BaseRequest, path: str | None, *, limit: int) -> Request:
    """Return the request with its body, or with the body's digest if that is over ``limit`` bytes.

    ``path`` is that of ``read_head``. Raises as that does, and ``ConnectionError`` if the client
    disconnects before the end of the body.
    """
    if request.content.is_eof():  # the body arrived together with the head, as most short ones do
        whole = read_head(request, path, request.content.read_nowait())
        send_continue(request)
        if len(whole.body) <= limit:
            return whole
        digest_text = await run_in_worker(lambda: digest_body(whole.body))
        return replace(whole, body=b"", omitted=OmittedReason.MAX_BODY, digest=digest_text)
    head = read_head(request, path)
    send_continue(request)
    pieces: list[bytes] = []
    size = 0
    digest: BodyDigest | None = None
    while not request.content.at_eof():
        piece, _ = await request.content.readchunk()
        size += len(piece)
        pieces.append(piece)
        if size > limit:
            digest = digest or BodyDigest()
            digest.feed(b"".join(pieces))
            pieces.clear()
    if digest is not None:
        digest_text = await run_in_worker(digest.finish)
        return replace(head, omitted=OmittedReason.MAX_BODY, digest=digest_text)
    return replace(head, body=b"".join(pieces))
