from __future__ import annotations

import pytest

from runreel.core.http import wire
from runreel.core.http.wire import Framing
from runreel.model import Headers

HOPS = [
    ("a hop-by-hop header is removed", ((b"Keep-Alive", b"5"), (b"X", b"1")), ((b"X", b"1"),)),
    (
        "headers that Connection lists are removed too",
        ((b"Connection", b"close, X-Hop"), (b"x-hop", b"1"), (b"X", b"2")),
        ((b"X", b"2"),),
    ),
    (
        "several Connection headers are combined",
        ((b"connection", b"a"), (b"Connection", b"b"), (b"A", b"1"), (b"B", b"2"), (b"C", b"3")),
        ((b"C", b"3"),),
    ),
    (
        "order, duplicates and letter case are kept",
        ((b"B", b"1"), (b"a", b"2"), (b"b", b"3"), (b"B", b"4")),
        ((b"B", b"1"), (b"a", b"2"), (b"b", b"3"), (b"B", b"4")),
    ),
    ("the announcement of dropped trailers is removed", ((b"Trailer", b"Expires"),), ()),
    ("bytes that are not text are kept", ((b"X", b"caf\xe9"),), ((b"X", b"caf\xe9"),)),
]


@pytest.mark.parametrize(("reason", "headers", "expected"), HOPS, ids=[row[0] for row in HOPS])
def test_hop_by_hop_headers_are_removed(reason: str, headers: Headers, expected: Headers) -> None:
    assert wire.strip_hop_by_hop(headers) == expected


def test_a_hop_by_hop_header_to_keep_stays_in_its_position() -> None:
    headers = ((b"A", b"1"), (b"Transfer-Encoding", b"chunked"), (b"B", b"2"))
    assert wire.strip_hop_by_hop(headers, keep=frozenset({b"transfer-encoding"})) == headers


CHUNKED = ((b"Transfer-Encoding", b"chunked"),)
LENGTH = ((b"Content-Length", b"3"),)
FRAMINGS = [
    ("a HEAD answer has no body", "HEAD", 200, LENGTH, Framing.NONE),
    ("204 has no body", "GET", 204, (), Framing.NONE),
    ("304 has none despite its length", "GET", 304, LENGTH, Framing.NONE),
    ("chunks", "GET", 200, CHUNKED, Framing.CHUNKED),
    ("chunks override a length", "GET", 200, LENGTH + CHUNKED, Framing.CHUNKED),
    (
        "a coding without chunks is ended by closing",
        "GET",
        200,
        ((b"Transfer-Encoding", b"gzip"),),
        Framing.CLOSE,
    ),
    (
        "chunks of encoded bytes",
        "GET",
        200,
        ((b"transfer-encoding", b"gzip, Chunked "),),
        Framing.CHUNKED,
    ),
    (
        "codings in separate headers",
        "GET",
        200,
        ((b"Transfer-Encoding", b"gzip"), (b"Transfer-Encoding", b"chunked")),
        Framing.CHUNKED,
    ),
    ("a length", "POST", 500, LENGTH, Framing.LENGTH),
    ("neither: closing ends it", "GET", 200, (), Framing.CLOSE),
]


@pytest.mark.parametrize(
    ("reason", "method", "status", "headers", "expected"),
    FRAMINGS,
    ids=[row[0] for row in FRAMINGS],
)
def test_framing(
    reason: str, method: str, status: int, headers: Headers, expected: Framing
) -> None:
    assert wire.determine_framing(method, status, headers) is expected


@pytest.mark.parametrize(
    ("framing", "expected"),
    [(Framing.CHUNKED, Framing.CLOSE), (Framing.LENGTH, Framing.LENGTH)],
)
def test_http10_has_no_chunks(framing: Framing, expected: Framing) -> None:
    assert wire.choose_client_framing(framing, http10=True) is expected
    assert wire.choose_client_framing(framing, http10=False) is framing


HEADS = [
    (
        "the reason may be empty",
        wire.format_answer_head(
            599, b"", (), framing=Framing.LENGTH, http10=False, keep_alive=True
        ),
        b"HTTP/1.1 599 \r\n\r\n",
    ),
    (
        "the announcement of chunks is unchanged",
        wire.format_answer_head(
            200,
            b"OK",
            (*CHUNKED, (b"A", b"1")),
            framing=Framing.CHUNKED,
            http10=False,
            keep_alive=True,
        ),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: 1\r\n\r\n",
    ),
    (
        "an answer to HEAD keeps its framing headers",
        wire.format_answer_head(
            200, b"OK", CHUNKED, framing=Framing.NONE, http10=False, keep_alive=True
        ),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    ),
    (
        "an HTTP/1.0 client gets no Transfer-Encoding",
        wire.format_answer_head(
            200, b"OK", CHUNKED, framing=Framing.CLOSE, http10=True, keep_alive=True
        ),
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
    ),
    (
        "an HTTP/1.0 client gets Connection: keep-alive",
        wire.format_answer_head(
            200, b"OK", LENGTH, framing=Framing.LENGTH, http10=True, keep_alive=True
        ),
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\n",
    ),
    (
        "a client whose connection is closed gets Connection: close",
        wire.format_answer_head(
            200, b"OK", LENGTH, framing=Framing.LENGTH, http10=False, keep_alive=False
        ),
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n",
    ),
]


@pytest.mark.parametrize(("reason", "head", "expected"), HEADS, ids=[row[0] for row in HEADS])
def test_answer_head(reason: str, head: bytes, expected: bytes) -> None:
    assert head == expected


def test_a_request_head_is_written_unchanged() -> None:
    headers = ((b"B", b"1"), (b"b", b"caf\xe9"), (b"A", b""))
    assert wire.format_request_head("POST", b"/x?", headers) == (
        b"POST /x? HTTP/1.1\r\nB: 1\r\nb: caf\xe9\r\nA: \r\n\r\n"
    )


@pytest.mark.parametrize("evil", [b"a\rb", b"a\nb", b"a\0b"])
def test_a_request_head_with_a_line_break_is_refused(evil: bytes) -> None:
    for target, name, value in [(b"/", b"X", evil), (b"/", evil, b"1"), (b"/" + evil, b"X", b"1")]:
        with pytest.raises(ValueError, match="contains CR, LF or NUL"):
            wire.format_request_head("GET", target, ((name, value),))


def test_a_chunk_starts_with_its_length_in_hex() -> None:
    assert wire.format_chunk(b"x" * 26) == b"1a\r\n" + b"x" * 26 + b"\r\n"
