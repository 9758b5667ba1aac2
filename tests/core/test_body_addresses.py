"""Addresses of the upstream in bodies, whole and piece by piece."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.addresses import AddressMap
from runreel.core.body_addresses import (
    SizedTranslator,
    StreamTranslator,
    find_addresses,
    may_have_addresses,
    translate_body,
)
from runreel.model import Headers

BASE = AddressMap("https://api.test/v1", b"http://proxy/@a")

BODIES = [
    (
        "a URL",
        b'{"results_url": "https://api.test/v1/x?a", "b": 1}',
        b'{"results_url": "http://proxy/@a/x?a", "b": 1}',
        "$..results_url",
    ),
    (
        "a URL in an array",
        b'["https://api.test/v1/x"]',
        b'["http://proxy/@a/x"]',
        "$",
    ),
    (
        "escaped slashes",
        b'{"next":"https:\\/\\/api.test\\/v1\\/x","a":"\\/v1"}',
        b'{"next":"http:\\/\\/proxy\\/@a\\/x","a":"\\/v1"}',
        "$..next",
    ),
    ("a path", b'{"next": "/v1/x?p=2"}', b'{"next": "/@a/x?p=2"}', "$..next"),
    (
        "a path of the next page",
        b'{ "next_page_url" :\n"/v1/x" }',
        b'{ "next_page_url" :\n"/@a/x" }',
        "$..next_page_url",
    ),
    ("OData", b'{"@odata.nextLink":"/v1/x"}', b'{"@odata.nextLink":"/@a/x"}', "$..@odata.nextLink"),
    ("a status", b'{"status_url":"/v1/x"}', b'{"status_url":"/@a/x"}', "$..status_url"),
    (
        "an endpoint of MCP",
        b"event: endpoint\r\ndata: /v1/messages?session_id=1\r\n\r\n",
        b"event: endpoint\r\ndata: /@a/messages?session_id=1\r\n\r\n",
        "event: endpoint",
    ),
    (
        "an absolute endpoint",
        b": hi\n\nevent:endpoint\ndata:https://api.test/v1/m\n\n",
        b": hi\n\nevent:endpoint\ndata:http://proxy/@a/m\n\n",
        "event: endpoint",
    ),
    (
        "an event with a URL",
        b'data: {"url": "https://api.test/v1/x"}\n\n',
        b'data: {"url": "http://proxy/@a/x"}\n\n',
        "$..url",
    ),
]


@pytest.mark.parametrize(
    ("reason", "body", "translated", "place"), BODIES, ids=[row[0] for row in BODIES]
)
def test_addresses_in_bodies(reason: str, body: bytes, translated: bytes, place: str) -> None:
    found = find_addresses(body, BASE)
    assert [address.place for address in found] == [place]
    assert translate_body(body, found) == translated


OTHERS = [
    ("a URL in a text", b'{"text": "see https://api.test/v1/x"}'),
    ("a URL with a text behind it", b'{"text": "https://api.test/v1/x is it"}'),
    ("a path of something else", b'{"path": "/v1/x", "text": "/v1/y"}'),
    ("a path outside of the base", b'{"next": "/v2/x"}'),
    ("another host", b'{"next": "https://api.test.b/v1/x"}'),
    ("no page", b'{"next": null, "first": "msg_1", "last_id": "/v1"}'),
    ("another event", b"event: message\ndata: /v1/x\n\n"),
    ("an endpoint in a text", b"data: event: endpoint\ndata: /v1/x\n\n"),
]


@pytest.mark.parametrize(("reason", "body"), OTHERS, ids=[row[0] for row in OTHERS])
def test_nothing_else_changes(reason: str, body: bytes) -> None:
    assert find_addresses(body, BASE) == []


TYPES: list[tuple[str, Headers, bool]] = [
    ("JSON", ((b"Content-Type", b"application/json"),), True),
    ("events", ((b"content-type", b"text/event-stream; charset=utf-8"),), True),
    ("an image", ((b"content-type", b"image/png"),), False),
    ("no type", (), False),
    (
        "compressed JSON",
        ((b"Content-Type", b"application/json"), (b"Content-Encoding", b"gzip")),
        False,
    ),
]


@pytest.mark.parametrize(("reason", "headers", "expected"), TYPES, ids=[row[0] for row in TYPES])
def test_bodies_that_are_read(reason: str, headers: Headers, expected: bool) -> None:
    assert may_have_addresses(headers) is expected


WHOLE = b"".join(body + b"\n" for _, body, _, _ in BODIES if b":\n" not in body)
PART = b"\n".join(
    [b"event: endpoint", b"data: /v1/m", b"", b'data: {"next": "/v1/x"}', b"", b'{"next":"/v1/y"}']
)


@given(st.lists(st.integers(0, 1500), max_size=12), st.sampled_from([WHOLE, PART]))
def test_a_stream_is_translated_however_it_arrives(cuts: list[int], body: bytes) -> None:
    translator = StreamTranslator(BASE)
    ends = sorted({min(cut, len(body)) for cut in cuts})
    pieces = [body[start:end] for start, end in zip([0, *ends], [*ends, len(body)], strict=True)]
    out = b"".join((*map(translator.feed, pieces), translator.finish(), translator.finish()))
    assert out == translate_body(body, find_addresses(body, BASE))
    assert b"/v1" not in out.replace(b'"a":"\\/v1"', b"")


def test_a_line_is_not_held_back_after_its_end() -> None:
    translator = StreamTranslator(BASE)
    assert translator.feed(b"data: 1\n\nda") == b"data: 1\n\n"
    assert translator.feed(b"ta: 2\n") == b"data: 2\n"


def test_a_very_long_line_is_not_held_back_to_its_end() -> None:
    translator = StreamTranslator(BASE)
    item = b'{"next": "/v1/x"},'
    count = 10_000
    out = b"".join(translator.feed(item * 100) for _ in range(count // 100))
    assert len(out) > len(item) * count // 2
    assert out + translator.finish() == b'{"next": "/@a/x"},' * count
    assert translator.feed(b"x" * 100_000) == b"x" * 100_000


def test_a_body_of_announced_length_is_sent_with_its_head() -> None:
    head = b"HTTP/1.1 200 OK\r\nX: Content-Length: 5\r\nContent-length: 17\r\n\r\n"
    translator = SizedTranslator(BASE, head, 17)
    assert translator.feed(b'{"next": ') + translator.feed(b'"/v1/x"}') == b""
    expected = head.replace(b"17", b"17") + b'{"next": "/@a/x"}'
    assert translator.finish() == expected
    assert translator.finish() == b""
    longer = SizedTranslator(BASE, head, 20)  # cut off by the upstream
    longer.feed(b'"https://api.test/v1"')
    assert longer.finish() == head.replace(b"17", b"16") + b'"http://proxy/@a"'
