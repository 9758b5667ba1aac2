from __future__ import annotations

import base64
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.http.request_file import parse_request_file
from runreel.errors import UsageError
from runreel.model import Request

HEADERS = ((b"Content-Type", b"application/json"), (b"X-A", b"1: 2"))
TEXT = b"POST /v1/threads?a=b HTTP/1.1\r\nContent-Type: application/json\r\nX-A:1: 2\r\n\r\n"
EXPECTED = Request("POST", b"/v1/threads?a=b", HEADERS, b'{"a": 1}')
HAR = {
    "method": "POST",
    "url": "https://api.example.com/v1/threads?a=b",
    "headers": [
        {"name": "Content-Type", "value": "application/json"},
        {"name": "X-A", "value": "1: 2"},
    ],
    "postData": {"mimeType": "application/json", "text": '{"a": 1}'},
}
AS_PAIRS = [["Content-Type", "application/json"], ["X-A", "1: 2"]]

SHOWN_REQUEST = {
    "method": "POST",
    "target": "/v1/threads?a=b",
    "headers": AS_PAIRS,
    "body": {"size": 8, "omitted": None, "text": '{"a": 1}'},
}
SHOWN = {
    "schema_version": 1,
    "cassette": "c.cassette",
    "exchange": {"method": "POST", "target": "/v1/threads?a=b", "request": SHOWN_REQUEST},
}
SHOWN_BASE64 = {"size": 8, "omitted": None, "base64": base64.b64encode(b'{"a": 1}').decode()}

SAME = [
    ("HTTP", TEXT + b'{"a": 1}'),
    ("HTTP with LF only", (TEXT + b'{"a": 1}').replace(b"\r\n", b"\n")),
    ("an empty line before it", b"\n" + TEXT + b'{"a": 1}'),
    (
        "a URL, no version",
        b"POST https://api.example.com/v1/threads?a=b\nContent-Type: application/json\n"
        b'X-A: 1: 2\n\n{"a": 1}',
    ),
    (
        "JSON",
        json.dumps(
            {
                "method": "POST",
                "target": "/v1/threads?a=b",
                "headers": dict(AS_PAIRS),
                "body": {"a": 1},
            }
        ).encode(),
    ),
    (
        "JSON with pairs, a text as its body, and no method",
        json.dumps({"path": "/v1/threads?a=b", "headers": AS_PAIRS, "body": '{"a": 1}'}).encode(),
    ),
    (
        "JSON with a body in base64",
        json.dumps(
            {
                "url": "http://x/v1/threads?a=b",
                "headers": AS_PAIRS,
                "body": base64.b64encode(b'{"a": 1}').decode(),
                "encoding": "base64",
            }
        ).encode(),
    ),
    ("an entry of a HAR file", json.dumps({"startedDateTime": "x", "request": HAR}).encode()),
    ("what show --json prints", json.dumps(SHOWN).encode()),
    ("the request in it", json.dumps(SHOWN_REQUEST).encode()),
    (
        "with a body in base64",
        json.dumps({"exchange": {"request": {**SHOWN_REQUEST, "body": SHOWN_BASE64}}}).encode(),
    ),
    ("a HAR request with a byte order mark", b"\xef\xbb\xbf" + json.dumps(HAR).encode()),
]


@pytest.mark.parametrize(("reason", "data"), SAME, ids=[row[0] for row in SAME])
def test_one_request_in_many_notations(reason: str, data: bytes) -> None:
    assert parse_request_file(data) == EXPECTED


OTHERS = [
    ("no body", b"GET /v1/models HTTP/1.1\r\n\r\n", Request("GET", b"/v1/models", ())),
    ("no empty line", b"GET /v1/models", Request("GET", b"/v1/models", ())),
    ("a line break after it", b"GET /v1/models\n", Request("GET", b"/v1/models", ())),
    ("JSON without a body", b'{"target": "/v1/models"}', Request("GET", b"/v1/models", ())),
    ("a URL without a path", b"GET http://x HTTP/1.1", Request("GET", b"/", ())),
    (
        "a length that an editor's final line break exceeds",
        b"POST /x HTTP/1.1\nContent-Length: 2\n\n{}\n",
        Request("POST", b"/x", ((b"Content-Length", b"2"),), b"{}"),
    ),
    (
        "a wrong length",
        b"POST /x HTTP/1.1\nContent-Length: 1\n\n{}",
        Request("POST", b"/x", ((b"Content-Length", b"1"),), b"{}"),
    ),
    (
        "an absurd length",
        b"POST /x HTTP/1.1\nContent-Length: %s\n\n{}" % (b"9" * 5000),
        Request("POST", b"/x", ((b"Content-Length", b"9" * 5000),), b"{}"),
    ),
    ("binary", b"POST /x\n\n\xff\x00", Request("POST", b"/x", (), b"\xff\x00")),
    ("a path that is not ASCII", '{"target": "/é"}'.encode(), Request("GET", "/é".encode(), ())),
]


@pytest.mark.parametrize(("reason", "data", "expected"), OTHERS, ids=[row[0] for row in OTHERS])
def test_other_requests(reason: str, data: bytes, expected: Request) -> None:
    assert parse_request_file(data) == expected


MISTAKES = [
    ("nothing", b" \n", "it is empty"),
    ("prose", b"please explain this", "not a request line"),
    ("a header without a colon", b"GET /x HTTP/1.1\nsecret\n\n", "not a header"),
    ("a folded header", b"GET /x HTTP/1.1\nA: b\n c: d\n e\n\n", "not a header"),
    ("an invalid target", b"GET x HTTP/1.1\n\n", "neither a path nor a URL"),
    ("broken JSON", b'{"target": ', "not valid JSON"),
    ("deep JSON", b'{"target":' + b"[" * 100_000, "not valid JSON"),
    ("no target", b'{"method": "GET"}', 'no "target"'),
    ("a target that is not a string", b'{"target": 1}', 'no "target"'),
    ("a method that is not a string", b'{"target": "/", "method": 1}', '"method"'),
    ("an invalid method", b'{"target": "/", "method": "A B"}', '"method"'),
    ("headers that are not strings", b'{"target": "/", "headers": {"a": 1}}', '"headers"'),
    ("a list of invalid headers", b'{"target": "/", "headers": ["a"]}', '"headers"'),
    ("a body that is not base64", b'{"target": "/", "body": "%", "encoding": "base64"}', "base64"),
    ("a URL that cannot be parsed", b"GET http://[x HTTP/1.1", "neither a path nor a URL"),
]


@pytest.mark.parametrize(("reason", "data", "message"), MISTAKES, ids=[row[0] for row in MISTAKES])
def test_the_error_names_the_mistake_and_repeats_nothing(
    reason: str, data: bytes, message: str
) -> None:
    with pytest.raises(UsageError) as raised:
        parse_request_file(data)
    assert message in str(raised.value)
    assert "secret" not in str(raised.value)


@given(st.binary(max_size=40) | st.text('{}[]":,atrget/ \n', max_size=40).map(str.encode))
def test_any_data_is_parsed_or_raises_usage_error(data: bytes) -> None:
    with suppress(UsageError):
        assert parse_request_file(data).target.startswith(b"/")
