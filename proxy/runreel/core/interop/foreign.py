"""Exchanges as other tools have recorded them, and their conversion to exchanges.

What a file does not say is filled in so that the exchange can be replayed: the answer's framing,
and one frame for each event of a stream.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from runreel.core.http.headers import find_header
from runreel.core.http.stream_reader import split_stream
from runreel.core.http.wire import strip_hop_by_hop
from runreel.errors import UsageError
from runreel.model import (
    Answer,
    End,
    Exchange,
    ExchangeHead,
    Frame,
    Headers,
    Request,
    Timings,
)

_GAP_NS = 1_000_000
"""Nanoseconds between requests whose time is not known: one after the other."""

_PORTS = {"http": 80, "https": 443}
_NOT_KEPT = frozenset({b"host", b"expect"})
_CHUNKED = (b"Transfer-Encoding", b"chunked")
_KEPT_IN_ANSWERS = frozenset({b"transfer-encoding"})
_BODILESS = frozenset({204, 304})


class ForeignFormatError(UsageError):
    """A file that is not in its format; the message repeats nothing of its contents."""


class ForeignExchange(NamedTuple):
    """One request and its answer, as another tool has recorded them."""

    method: str
    url: str
    """Absolute URL."""
    headers: Headers
    """The headers of the request."""
    body: bytes
    status: int
    reason: bytes
    answer_headers: Headers
    answer_body: bytes
    frames: tuple[Frame, ...] = ()
    """Pieces of the answer's body; empty if their times are not known."""
    started_ns: int | None = None
    """Arrival of the request, in nanoseconds since 1970-01-01 UTC; None if it is not known."""
    head_us: int = 0
    """Microseconds until the head of the answer arrived."""
    end_us: int = 0
    """Microseconds until the answer ended."""


class ForeignRecording(NamedTuple):
    """The contents of a file of another tool."""

    exchanges: Sequence[ForeignExchange]
    notes: Sequence[str]
    """Descriptions of what was left out, by position in the file."""


def count_origins(exchanges: Iterable[ForeignExchange]) -> Counter[str]:
    """Count the exchanges by scheme, host and port of their URLs."""
    return Counter(_format_origin(urlsplit(exchange.url)) for exchange in exchanges)


def is_below(exchange: ForeignExchange, upstream: str) -> bool:
    """Return whether the URL begins with the base URL of an upstream."""
    url, base = urlsplit(exchange.url), urlsplit(upstream)
    path = url.path or "/"
    is_in_path = path == base.path or path.startswith(f"{base.path.rstrip('/')}/")
    return _format_origin(url) == _format_origin(base) and is_in_path


def convert(
    exchanges: Iterable[ForeignExchange], upstream: str, *, session: str, now_ns: int
) -> list[Exchange]:
    """Convert exchanges whose URLs are below ``upstream``, and number them by their time.

    Their targets are relative to ``upstream``. ``now_ns`` (nanoseconds since 1970) is the time of
    the first exchange, if the file has no times.
    """
    timed = [
        (now_ns + index * _GAP_NS if each.started_ns is None else each.started_ns, each)
        for index, each in enumerate(exchanges)
    ]
    timed.sort(key=lambda pair: pair[0])
    base_path = urlsplit(upstream).path.rstrip("/")
    return [
        _convert_one(each, number, base_path, session=session, started_ns=started_ns)
        for number, (started_ns, each) in enumerate(timed, start=1)
    ]


def _convert_one(
    foreign: ForeignExchange, number: int, base_path: str, *, session: str, started_ns: int
) -> Exchange:
    answer = _build_answer(foreign)
    head = ExchangeHead(
        number=number,
        session=session,
        request=_build_request(foreign, base_path),
        status=foreign.status,
        size=len(answer.body),
        end=End.COMPLETE,
        whole=True,
        timings=Timings(started_ns, foreign.head_us, foreign.end_us),
    )
    return Exchange(head, answer)


def _build_request(foreign: ForeignExchange, base_path: str) -> Request:
    url = urlsplit(foreign.url)
    path = url.path.removeprefix(base_path) or "/"
    target = f"{path}?{url.query}" if url.query else path
    headers = _drop_pseudo_headers(strip_hop_by_hop(foreign.headers))
    kept = tuple(pair for pair in headers if pair[0].lower() not in _NOT_KEPT)
    return Request(
        foreign.method, target.encode(), _set_length(kept, len(foreign.body)), foreign.body
    )


def _build_answer(foreign: ForeignExchange) -> Answer:
    headers = _drop_pseudo_headers(strip_hop_by_hop(foreign.answer_headers, keep=_KEPT_IN_ANSWERS))
    is_chunked = find_header(headers, b"transfer-encoding") is not None
    if find_header(headers, b"content-length") is not None:
        headers = _set_length(headers, len(foreign.answer_body))
    elif not is_chunked and _may_have_body(foreign):
        headers, is_chunked = (*headers, _CHUNKED), True
    frames = foreign.frames or _build_frames(headers, foreign.answer_body, foreign.end_us)
    return Answer(
        foreign.status,
        foreign.reason,
        headers,
        foreign.answer_body,
        tuple(frame._replace(end_of_chunk=is_chunked) for frame in frames),
    )


def _build_frames(headers: Headers, body: bytes, dt_us: int) -> tuple[Frame, ...]:
    """Return a frame for each event of a stream, or one for the whole body."""
    pieces = split_stream(headers, body) or filter(None, (body,))
    return tuple(Frame(dt_us, len(piece), end_of_chunk=False) for piece in pieces)


def _may_have_body(foreign: ForeignExchange) -> bool:
    return foreign.method != "HEAD" and foreign.status not in _BODILESS


def _set_length(headers: Headers, length: int) -> Headers:
    """Return the headers with the length of the body as it is now; files hold decoded bodies."""
    value = b"%d" % length
    return tuple(
        (name, value if name.lower() == b"content-length" and length else old)
        for name, old in headers
    )


def _drop_pseudo_headers(headers: Headers) -> Headers:
    """Return the headers without those of HTTP/2 such as ``:authority`` (RFC 9113, section 8.3)."""
    return tuple(pair for pair in headers if not pair[0].startswith(b":"))


def _format_origin(url: SplitResult) -> str:
    port = url.port
    suffix = "" if port is None or port == _PORTS.get(url.scheme) else f":{port}"
    host = f"[{url.hostname}]" if url.hostname and ":" in url.hostname else url.hostname
    return f"{url.scheme}://{host}{suffix}"
