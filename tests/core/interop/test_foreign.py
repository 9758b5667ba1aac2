"""The conversion of other tools' exchanges: targets, framing, and the order of their times."""

from __future__ import annotations

from typing import Any

import pytest

from runreel.core.interop.foreign import ForeignExchange, convert, count_origins, is_below
from runreel.model import Answer, Exchange, Frame, Headers

NOW_NS = 5_000_000_000


def foreign(url: str = "https://api.example/v1/x", **changes: Any) -> ForeignExchange:
    exchange = ForeignExchange("POST", url, (), b"{}", 200, b"OK", (), b"{}")
    return exchange._replace(**changes)


def convert_one(exchange: ForeignExchange, upstream: str = "https://api.example") -> Exchange:
    (converted,) = convert([exchange], upstream, session="s", now_ns=NOW_NS)
    return converted


def answer_to(body: bytes, *headers: tuple[bytes, bytes], **changes: Any) -> Answer:
    return convert_one(foreign(answer_body=body, answer_headers=headers, **changes)).answer


TARGETS = [
    ("the path and the query", "https://api.example/v1/x?a=b", "https://api.example", b"/v1/x?a=b"),
    ("no path", "https://api.example?a=b", "https://api.example", b"/?a=b"),
    ("without the upstream's base path", "https://h/api/v1/x", "https://h/api", b"/v1/x"),
    ("a base path alone", "https://h/api", "https://h/api", b"/"),
    ("a fragment is no part of it", "https://h/x#f", "https://h", b"/x"),
]


@pytest.mark.parametrize(
    ("why", "url", "upstream", "target"), TARGETS, ids=[row[0] for row in TARGETS]
)
def test_targets(why: str, url: str, upstream: str, target: bytes) -> None:
    assert convert_one(foreign(url), upstream).head.request.target == target


ORIGINS = [
    ("the scheme's port is the default", "https://h:443/x", "https://h", True),
    ("another port is another host", "https://h:8443/x", "https://h", False),
    ("another scheme, too", "http://h/x", "https://h", False),
    ("letter case of hosts does not count", "https://API.example/x", "https://api.example", True),
    ("a base path is a folder, not a beginning", "https://h/apis/x", "https://h/api", False),
    ("below the base path", "https://h/api/x", "https://h/api", True),
    ("IPv6", "http://[::1]:8000/x", "http://[::1]:8000", True),
]


@pytest.mark.parametrize(
    ("why", "url", "upstream", "expected"), ORIGINS, ids=[row[0] for row in ORIGINS]
)
def test_what_is_below_an_upstream(why: str, url: str, upstream: str, expected: bool) -> None:
    assert is_below(foreign(url), upstream) is expected


def test_origins_are_counted() -> None:
    urls = ["https://h/a", "https://h:443/b", "http://[::1]:8000/c"]
    assert count_origins(map(foreign, urls)) == {"https://h": 2, "http://[::1]:8000": 1}


FRAMING = [
    (
        "a length is that of the decoded body",
        ((b"Content-Length", b"9"),),
        (b"Content-Length", b"2"),
    ),
    ("chunks stay", ((b"Transfer-Encoding", b"chunked"),), (b"Transfer-Encoding", b"chunked")),
    ("HTTP/2 has neither", (), (b"Transfer-Encoding", b"chunked")),
]


@pytest.mark.parametrize(("why", "headers", "expected"), FRAMING, ids=[row[0] for row in FRAMING])
def test_the_end_of_a_body_is_marked(
    why: str, headers: Headers, expected: tuple[bytes, bytes]
) -> None:
    answer = answer_to(b"{}", *headers)
    assert answer.headers == (expected,)
    assert [frame.end_of_chunk for frame in answer.frames] == [expected[1] == b"chunked"]


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_an_answer_without_a_body_gets_no_framing(method: str, status: int) -> None:
    answer = answer_to(b"", method=method, status=status)
    assert (answer.headers, answer.frames) == ((), ())


def test_each_event_of_a_stream_is_a_frame() -> None:
    answer = answer_to(b"data: 1\n\ndata: 22\n\n", (b"Content-Type", b"text/event-stream"))
    assert [frame.length for frame in answer.frames] == [9, 10]


def test_frames_with_times_are_kept() -> None:
    frames = (Frame(10, 1, end_of_chunk=False), Frame(20, 1, end_of_chunk=False))
    assert [frame.dt_us for frame in answer_to(b"{}", frames=frames).frames] == [10, 20]


def test_headers_of_one_connection_and_of_http_2_are_dropped() -> None:
    headers = ((b":path", b"/x"), (b"Host", b"h"), (b"Connection", b"close"), (b"X", b"y"))
    converted = convert_one(foreign(headers=headers))
    assert converted.head.request.headers == ((b"X", b"y"),)


def test_exchanges_are_numbered_by_their_times() -> None:
    late, early = foreign("https://h/late", started_ns=9), foreign("https://h/early", started_ns=3)
    converted = convert([late, early], "https://h", session="s", now_ns=NOW_NS)
    assert [(each.head.number, each.head.request.target) for each in converted] == [
        (1, b"/early"),
        (2, b"/late"),
    ]


def test_without_times_each_comes_after_the_one_before() -> None:
    converted = convert([foreign(), foreign()], "https://api.example", session="s", now_ns=NOW_NS)
    first, second = (each.head.timings for each in converted)
    assert first.started_ns == NOW_NS
    assert second.started_ns > first.started_ns + first.end_us * 1000
