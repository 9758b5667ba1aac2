from __future__ import annotations

import pytest

from runreel.core.http import wire
from runreel.core.http.wire import Framing
from runreel.model import Headers

HOPS = [
    ("a header of one connection goes", ((b"Keep-Alive", b"5"), (b"X", b"1")), ((b"X", b"1"),)),
    (
        "what Connection names goes with it",
        ((b"Connection", b"close, X-Hop"), (b"x-hop", b"1"), (b"X", b"2")),
        ((b"X", b"2"),),
    ),
    (
        "several Connection headers count together",
        ((b"connection", b"a"), (b"Connection", b"b"), (b"A", b"1"), (b"B", b"2"), (b"C", b"3")),
        ((b"C", b"3"),),
    ),
    (
        "order, duplicates and letter case stay",
        ((b"B", b"1"), (b"a", b"2"), (b"b", b"3"), (b"B", b"4")),
        ((b"B", b"1"), (b"a", b"2"), (b"b", b"3"), (b"B", b"4")),
    ),
    ("the announcement of dropped trailers goes", ((b"Trailer", b"Expires"),), ()),
    ("bytes that are no text stay", ((b"X", b"caf\xe9"),), ((b"X", b"caf\xe9"),)),
]


@pytest.mark.parametrize(("why", "headers", "kept"), HOPS, ids=[row[0] for row in HOPS])
def test_end_to_end(why: str, headers: Headers, kept: Headers) -> None:
    assert wire.strip_hop_by_hop(headers) == kept


def test_kept_hop_by_hop_header_stays_in_its_place() -> None:
    headers = ((b"A", b"1"), (b"Transfer-Encoding", b"chunked"), (b"B", b"2"))
    assert wire.strip_hop_by_hop(headers, keep=frozenset({b"transfer-encoding"})) == headers


CHUNKED = ((b"Transfer-Encoding", b"chunked"),)
LENGTH = ((b"Content-Length", b"3"),)
FRAMINGS = [
    ("a HEAD answer has no body", "HEAD", 200, LENGTH, Framing.NONE),
    ("204 has no body", "GET", 204, (), Framing.NONE),
    ("304 has none though it tells a length", "GET", 304, LENGTH, Framing.NONE),
    ("chunks", "GET", 200, CHUNKED, Framing.CHUNKED),
    ("chunks go before a length", "GET", 200, LENGTH + CHUNKED, Framing.CHUNKED),
    (
        "a coding alone does not tell where it ends",
        "GET",
        200,
        ((b"Transfer-Encoding", b"gzip"),),
        Framing.CLOSE,
    ),
    (
        "chunks of coded bytes are chunks",
        "GET",
        200,
        ((b"transfer-encoding", b"gzip, Chunked "),),
        Framing.CHUNKED,
    ),
    (
        "codings on lines of their own",
        "GET",
        200,
        ((b"Transfer-Encoding", b"gzip"), (b"Transfer-Encoding", b"chunked")),
        Framing.CHUNKED,
    ),
    ("a length", "POST", 500, LENGTH, Framing.LENGTH),
    ("neither: the close ends it", "GET", 200, (), Framing.CLOSE),
]


@pytest.mark.parametrize(
    ("why", "method", "status", "headers", "expected"), FRAMINGS, ids=[row[0] for row in FRAMINGS]
)
def test_framing(why: str, method: str, status: int, headers: Headers, expected: Framing) -> None:
    assert wire.determine_framing(method, status, headers) is expected


@pytest.mark.parametrize(
    ("framed", "expected"),
    [(Framing.CHUNKED, Framing.CLOSE), (Framing.LENGTH, Framing.LENGTH)],
)
def test_http10_has_no_chunks(framed: Framing, expected: Framing) -> None:
    assert wire.choose_client_framing(framed, http10=True) is expected
    assert wire.choose_client_framing(framed, http10=False) is framed


HEADS = [
    (
        "the reason may be empty",
        wire.format_answer_head(
            599, b"", (), framing=Framing.LENGTH, http10=False, keep_alive=True
        ),
        b"HTTP/1.1 599 \r\n\r\n",
    ),
    (
        "chunks are announced where the upstream announced them",
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
        "what HEAD would be framed by is told",
        wire.format_answer_head(
            200, b"OK", CHUNKED, framing=Framing.NONE, http10=False, keep_alive=True
        ),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    ),
    (
        "an HTTP/1.0 client is not told of chunks it does not get",
        wire.format_answer_head(
            200, b"OK", CHUNKED, framing=Framing.CLOSE, http10=True, keep_alive=True
        ),
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
    ),
    (
        "an HTTP/1.0 client that keeps the connection is told so",
        wire.format_answer_head(
            200, b"OK", LENGTH, framing=Framing.LENGTH, http10=True, keep_alive=True
        ),
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\n",
    ),
    (
        "a client that closes is told that we do",
        wire.format_answer_head(
            200, b"OK", LENGTH, framing=Framing.LENGTH, http10=False, keep_alive=False
        ),
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n",
    ),
]


@pytest.mark.parametrize(("why", "head", "expected"), HEADS, ids=[row[0] for row in HEADS])
def test_head(why: str, head: bytes, expected: bytes) -> None:
    assert head == expected


def test_a_request_head_is_every_byte_as_it_is() -> None:
    headers = ((b"B", b"1"), (b"b", b"caf\xe9"), (b"A", b""))
    assert wire.format_request_head("POST", b"/x?", headers) == (
        b"POST /x? HTTP/1.1\r\nB: 1\r\nb: caf\xe9\r\nA: \r\n\r\n"
    )


@pytest.mark.parametrize("evil", [b"a\rb", b"a\nb", b"a\0b"])
def test_a_request_head_holds_no_line_that_is_none(evil: bytes) -> None:
    for target, name, value in [(b"/", b"X", evil), (b"/", evil, b"1"), (b"/" + evil, b"X", b"1")]:
        with pytest.raises(ValueError, match="end of a line"):
            wire.format_request_head("GET", target, ((name, value),))


def test_chunk_is_framed_by_its_length_in_hex() -> None:
    assert wire.format_chunk(b"x" * 26) == b"1a\r\n" + b"x" * 26 + b"\r\n"
