"""What comes in: from aiohttp's request to ours.

The target must be in origin form, so that no request can choose another host; what is the proxy's
own (``/-/``, ``/@``) never reaches an upstream.
"""

from __future__ import annotations

import re
from functools import lru_cache

from aiohttp.http import HttpVersion11
from aiohttp.web_request import BaseRequest

from runreel.core.http.body_digest import BodyDigest, digest_body
from runreel.core.http.wire import strip_hop_by_hop
from runreel.errors import RunreelError
from runreel.model import Headers, OmittedReason, Request

_HOST = b"host"
_EXPECT = b"expect"
_SESSION_PREFIX = re.compile(r"/(?:@|%40)([^/?#]*)")  # some clients encode the sign


class RefusedError(RunreelError):
    """A request that the proxy does not take; ``status`` and ``code`` are what the client is told.

    ``request``, where it is known, says in which dialect.
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


def read_head(request: BaseRequest, path: str | None = None) -> Request:
    """The request without its body, as it will be recorded.

    ``path`` is what is left of its target behind a session's prefix. Raises ``RefusedError`` for
    targets that are not a path on the upstream.
    """
    target = (request.raw_path if path is None else path).encode("utf-8", "surrogateescape")
    _check_target(request, target)
    return Request(request.method, target, _strip_headers(tuple(request.raw_headers)))


def _check_target(request: BaseRequest, target: bytes) -> None:
    if not target.startswith(b"/"):
        raise RefusedError(
            "The request target must be a path: this is a reverse proxy, its upstream is fixed.",
            status=400,
        )
    if target.startswith((b"/@", b"/-/")):
        raise RefusedError(
            "Behind the name of a session stands a path on the upstream; /@ and /-/ are the "
            "proxy's own.",
            status=400,
        )
    if b"#" in target:
        raise RefusedError("A request target has no fragment.", status=400)
    if request.headers.get("Transfer-Encoding", "chunked").strip().lower() != "chunked":
        raise RefusedError("Of transfer codings, runreel takes only chunked.", status=501)
    if request.version < HttpVersion11 and "Transfer-Encoding" in request.headers:
        raise RefusedError("HTTP/1.0 has no Transfer-Encoding.", status=400)


@lru_cache(256)
def _strip_headers(headers: Headers) -> Headers:
    return tuple(
        pair for pair in strip_hop_by_hop(headers) if pair[0].lower() not in (_HOST, _EXPECT)
    )


def decode_path(request: Request) -> str:
    """The target without its query, for the log."""
    return request.target.partition(b"?")[0].decode("utf-8", "backslashreplace")


def send_continue(request: BaseRequest) -> None:
    """Answer ``Expect: 100-continue``, which aiohttp's low-level server leaves to its user."""
    expects = request.headers.get("Expect", "").lower() == "100-continue"
    if expects and request.version >= HttpVersion11 and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def session_ended_error(request: Request) -> RefusedError:
    """The refusal of a request that comes after its session's end."""
    return RefusedError(
        "This session has ended. A new one of its name is begun with POST /-/sessions.",
        status=410,
        code="runreel_session_ended",
        request=request,
    )


def split_session(raw_path: str) -> tuple[str, str | None]:
    """The session that a target names, and the rest of it as a path; "" and None: it names none."""
    prefix = _SESSION_PREFIX.match(raw_path)
    if prefix is None:
        return "", None
    rest = raw_path[prefix.end() :]
    return prefix[1], rest if rest.startswith("/") else f"/{rest}"


async def read_body_start(request: BaseRequest, *, limit: int) -> list[bytes]:
    """The pieces of the body, up to the first that makes it longer than ``limit`` bytes.

    Raises ``ConnectionError`` when the client leaves before.
    """
    pieces: list[bytes] = []
    size = 0
    while size <= limit and not request.content.at_eof():
        piece, _ = await request.content.readchunk()
        size += len(piece)
        pieces.append(piece)
    return pieces


async def read_request(request: BaseRequest, sent: Request, *, limit: int) -> Request:
    """``sent`` with its whole body, or with its digest alone if that is beyond ``limit`` bytes.

    Raises ``ConnectionError`` when the client leaves before its end.
    """
    head = sent.method, sent.target, sent.headers
    if request.content.is_eof():  # all of it came with the head: most bodies are short
        body = request.content.read_nowait()
        if len(body) <= limit:
            return Request(*head, body)
        return Request(*head, omitted=OmittedReason.MAX_BODY, digest=digest_body(body))
    pieces: list[bytes] = []
    size = 0
    digest: BodyDigest | None = None
    while not request.content.at_eof():
        piece, _ = await request.content.readchunk()
        size += len(piece)
        pieces.append(piece)
        if size > limit:
            digest = digest or BodyDigest()
            for each in pieces:
                digest.feed(each)
            pieces.clear()
    if digest is not None:
        return Request(*head, omitted=OmittedReason.MAX_BODY, digest=digest.finish())
    return Request(*head, b"".join(pieces))
