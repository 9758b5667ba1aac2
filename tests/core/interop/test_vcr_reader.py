"""Cassettes of VCR: every shape that its recorders write, and errors that name the place."""

from __future__ import annotations

from typing import Any

import pytest

from runreel.core.interop.foreign import ForeignExchange, ForeignFormatError
from runreel.core.interop.vcr_reader import is_vcr, read_vcr


def interaction(request: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    return {
        "request": {"method": "POST", "uri": "https://api.example/v1/x", "headers": {}, **request},
        "response": {"status": {"code": 200, "message": "OK"}, "headers": {}, **response},
    }


def read_one(request: dict[str, Any], response: dict[str, Any]) -> ForeignExchange:
    (exchange,) = read_vcr({"interactions": [interaction(request, response)]}).exchanges
    return exchange


BODIES = [
    ("vcrpy: text", {"body": {"string": "é\n"}}, "é\n".encode()),
    ("vcrpy: bytes that are no text", {"body": {"string": b"\xff\x00"}}, b"\xff\x00"),
    ("vcrpy: no body", {"body": None}, b""),
    ("vcrpy: an empty string", {"body": {"string": ""}}, b""),
    ("requests of vcrpy are not wrapped", {"body": '{"a": 1}'}, b'{"a": 1}'),
    (
        "pydantic-ai's serializer: parsed JSON",
        {"parsed_body": {"a": ["é"]}},
        '{"a":["é"]}'.encode(),
    ),
    ("parsed JSON wins over the text beside it", {"parsed_body": [1], "body": "x"}, b"[1]"),
    ("VCR for Ruby: text", {"body": {"encoding": "UTF-8", "string": "x"}}, b"x"),
    ("VCR for Ruby: base64", {"body": {"encoding": "", "base64_string": "/w==\n"}}, b"\xff"),
    ("a body that some serializers parse in place", {"body": {"model": "m"}}, b'{"model":"m"}'),
    ("an array, likewise", {"body": [1, 2]}, b"[1,2]"),
]


@pytest.mark.parametrize(("why", "message", "expected"), BODIES, ids=[row[0] for row in BODIES])
def test_bodies(why: str, message: dict[str, Any], expected: bytes) -> None:
    exchange = read_one(message, message)
    assert exchange.body == expected
    assert exchange.answer_body == expected


def test_headers_may_have_several_values() -> None:
    exchange = read_one({}, {"headers": {"Set-Cookie": ["a=1", "b=2"], "X": "y", "n": [7]}})
    assert exchange.answer_headers == (
        (b"Set-Cookie", b"a=1"),
        (b"Set-Cookie", b"b=2"),
        (b"X", b"y"),
        (b"n", b"7"),
    )


def test_a_parsed_body_is_no_longer_compressed() -> None:
    headers = {"headers": {"content-encoding": ["gzip"], "x": ["y"]}}
    assert read_one({}, {**headers, "parsed_body": {}}).answer_headers == ((b"x", b"y"),)
    kept = read_one({}, {**headers, "body": {"string": b"\x1f\x8b"}}).answer_headers
    assert kept[0] == (b"content-encoding", b"gzip")


TIMES = [
    ("VCR for Ruby", "Tue, 01 Nov 2011 04:58:44 GMT", 1_320_123_524),
    ("ISO 8601", "2011-11-01T04:58:44+00:00", 1_320_123_524),
    ("without a zone it is UTC, on every machine", "2011-11-01T04:58:44", 1_320_123_524),
]


@pytest.mark.parametrize(("why", "text", "seconds"), TIMES, ids=[row[0] for row in TIMES])
def test_times(why: str, text: str, seconds: int) -> None:
    ruby = {"recorded_at": text, **interaction({}, {})}
    (exchange,) = read_vcr({"http_interactions": [ruby]}).exchanges
    assert exchange.started_ns == seconds * 10**9


def test_vcrpy_has_no_times() -> None:
    assert read_one({}, {}).started_ns is None


BROKEN = [
    ("no request", {"interactions": [{}]}, "interactions[0].request is not an object"),
    (
        "a second one",
        {"interactions": [interaction({}, {}), 7]},
        "interactions[1] is not an object",
    ),
    ("not a list", {"interactions": {}}, "the file.interactions is not an array"),
    (
        "another scheme",
        {"interactions": [interaction({"uri": "ftp://h/x"}, {})]},
        "interactions[0].request.uri is not an http or https URL",
    ),
    (
        "a status that no answer ends with",
        {"interactions": [interaction({}, {"status": {"code": 100}})]},
        "interactions[0].response.status.code is not a status from 200 to 599",
    ),
    (
        "a method with a line break",
        {"interactions": [interaction({"method": "GET\r\nX: y"}, {})]},
        "interactions[0].request.method is not an HTTP method",
    ),
    (
        "a header with a line break",
        {"interactions": [interaction({"headers": {"a": "b\r\nc: d"}}, {})]},
        "a request or response has a name or a value that cannot be a header",
    ),
]


@pytest.mark.parametrize(("why", "document", "message"), BROKEN, ids=[row[0] for row in BROKEN])
def test_errors_name_the_place(why: str, document: object, message: str) -> None:
    with pytest.raises(ForeignFormatError) as caught:
        read_vcr(document)
    assert str(caught.value) == message


def test_aliases_of_yaml_cannot_make_a_body_grow_without_end() -> None:
    bomb: object = "x" * 100
    for _ in range(12):
        bomb = [bomb] * 10
    with pytest.raises(ForeignFormatError, match="has more than"):
        read_one({"parsed_body": bomb}, {})


def test_a_list_that_contains_itself_is_an_error() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(ForeignFormatError, match="nested too deeply"):
        read_one({"parsed_body": endless}, {})


def test_what_looks_like_a_cassette() -> None:
    assert is_vcr({"interactions": []})
    assert is_vcr({"http_interactions": []})
    assert not is_vcr({"log": {}})
    assert not is_vcr([])
