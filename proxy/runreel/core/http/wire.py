"""HTTP/1.1 messages on the wire: heads, framing of bodies, hop-by-hop headers.

aiohttp's own writer adds headers, drops bytes that are not UTF-8 and hides chunk boundaries. A
proxy that promises the same bytes has to write both heads itself (RFC 9112, sections 3 to 7).
"""

from __future__ import annotations

from enum import Enum

from runreel.core.http.headers import find_header, find_header_values
from runreel.core.regex.lazy_pattern import compile_later
from runreel.model import Headers

LAST_CHUNK = b"0\r\n\r\n"

_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",  # aiohttp drops trailers, so the announcement would be a lie
        b"transfer-encoding",
        b"upgrade",
    }
)
_BODILESS = frozenset({204, 304})
_LINE_BREAK = compile_later(rb"[\r\n\0]")


class Framing(Enum):
    """The way in which the end of an answer's body is marked (RFC 9112, section 6.3)."""

    NONE = "none"
    LENGTH = "length"
    CHUNKED = "chunked"
    CLOSE = "close"


def strip_hop_by_hop(headers: Headers, *, keep: frozenset[bytes] = frozenset()) -> Headers:
    """Return the headers without those for a single connection (RFC 9110, section 7.6.1).

    ``keep`` lists names of hop-by-hop headers, in lower case, that are not removed.
    """
    names = [name.lower() for name, _ in headers]
    options = _list_connection_options(headers) if b"connection" in names else frozenset()
    return tuple(
        pair
        for name, pair in zip(names, headers, strict=True)
        if name in keep or not (name in _HOP_BY_HOP or name in options)
    )


def _list_connection_options(headers: Headers) -> frozenset[bytes]:
    values = find_header_values(headers, b"connection")
    return frozenset(token.strip().lower() for token in b",".join(values).split(b","))


def determine_framing(method: str, status: int, headers: Headers) -> Framing:
    """Return the framing of a body; ``Transfer-Encoding`` overrides ``Content-Length``."""
    if method == "HEAD" or status in _BODILESS:
        return Framing.NONE
    codings = find_header_values(headers, b"transfer-encoding")
    if codings:
        is_chunked = codings[-1].lower().rstrip().endswith(b"chunked")
        return Framing.CHUNKED if is_chunked else Framing.CLOSE
    has_length = find_header(headers, b"content-length") is not None
    return Framing.LENGTH if has_length else Framing.CLOSE


def choose_client_framing(framing: Framing, *, http10: bool) -> Framing:
    """Return the framing for the client: HTTP/1.0 has no chunks, so closing ends the body."""
    return Framing.CLOSE if http10 and framing is Framing.CHUNKED else framing


def format_answer_head(
    status: int,
    reason: bytes,
    headers: Headers,
    *,
    framing: Framing,
    http10: bool,
    keep_alive: bool,
) -> bytes:
    """Format the status line and headers of an answer, with the blank line after them.

    The headers are sent unchanged, with two exceptions: HTTP/1.0 clients do not get
    ``Transfer-Encoding``, and ``Connection`` is added where the client could not know it.
    """
    if http10:
        headers = tuple(pair for pair in headers if pair[0].lower() != b"transfer-encoding")
    lines = [b"HTTP/1.1 %d %s" % (status, reason)]
    lines += [name + b": " + value for name, value in headers]
    if framing is Framing.CLOSE or not keep_alive:
        lines.append(b"Connection: close")
    elif http10:
        lines.append(b"Connection: keep-alive")
    return b"\r\n".join(lines) + b"\r\n\r\n"


def format_request_head(method: str, target: bytes, headers: Headers) -> bytes:
    """Format the request line and headers of a request, unchanged, with the blank line after them.

    Raise ``ValueError`` if a part contains CR, LF or NUL.
    """
    lines = [b"%s %s HTTP/1.1" % (method.encode(), target)]
    lines += [name + b": " + value for name, value in headers]
    if _LINE_BREAK.search(b"".join(lines)):
        raise ValueError("the target or a header contains CR, LF or NUL")
    return b"\r\n".join(lines) + b"\r\n\r\n"


def format_chunk(data: bytes) -> bytes:
    """Format ``data`` as one chunk. ``data`` must not be empty: an empty chunk ends the body."""
    return b"%x\r\n%s\r\n" % (len(data), data)
