from __future__ import annotations

import pytest

from runreel.core.dialect import Channels
from runreel.core.redact.streams.body_texts import extract_texts
from runreel.core.redact.texts.leaf import Leaf
from runreel.core.redact.texts.text import TextKind
from runreel.model import Headers

CHANNELS = Channels(pieces=frozenset({"text"}))
SSE = ((b"Content-Type", b"text/event-stream; charset=utf-8"),)
NDJSON = ((b"content-type", b"application/x-ndjson"),)
JSONL = ((b"Content-Type", b"application/jsonl"),)
LINES = b'{"text": "a"}\n{"text": "b"}\n'


def is_password(leaf: Leaf) -> bool:
    return leaf.name == "password"


PRETTY = b'{\n"text": {\n}\n}\n'
APART = [(TextKind.JSON, b'{"text": ""}\n' * 2), (TextKind.JSON_STRING, b"ab")]
REST_OF_CRLF = (TextKind.JSON, b'{"text": ""} \r\n' * 2)
ALL = (TextKind.JSON, b'{"a": 1}\n{"b": 2}')

BODIES: list[tuple[str, Headers, bytes, list[tuple[TextKind, bytes]]]] = [
    ("prose", (), b"ab", [(TextKind.PLAIN, b"ab")]),
    ("nothing", (), b"", [(TextKind.PLAIN, b"")]),
    ("JSON", (), b'{"text": "a"}', [(TextKind.JSON, b'{"text": "a"}')]),
    ("JSON after a BOM", (), b'\xef\xbb\xbf ["a"]', [(TextKind.JSON, b'\xef\xbb\xbf ["a"]')]),
    (
        "events",
        SSE,
        b'data: {"text": "a"}\n\ndata: {"text": "b"}\n\n',
        [(TextKind.JSON, b'data: {"text": ""}\n\n' * 2), (TextKind.JSON_STRING, b"ab")],
    ),
    (
        "events of another media type",
        ((b"Content-Type", b"text/plain"),),
        b"event: x\ndata: a\n\nevent: x\ndata: b",
        [(TextKind.JSON, b"event: x\ndata: \n\nevent: x\ndata: "), (TextKind.PLAIN, b"ab")],
    ),
    ("lines of JSON", NDJSON, LINES, APART),
    ("lines of JSON of another media type", (), LINES, APART),
    ("with spaces and CRLF", (), LINES.replace(b"\n", b" \r\n"), [REST_OF_CRLF, APART[1]]),
    ("lines of JSON of another kind", (), b'{"a": 1}\n{"b": 2}', [ALL]),
    ("one line of JSON", JSONL, b'{"text": "a"}\n', [(TextKind.JSON, b'{"text": "a"}\n')]),
    ("JSON in several lines is one", (), PRETTY, [(TextKind.JSON, PRETTY)]),
    ("JSON and then text is one", (), b'{"a": 1}\nb', [(TextKind.JSON, b'{"a": 1}\nb')]),
    (
        "JSON with log-probabilities is a text of its tokens too",
        (),
        b'{"text": "a", "logprobs": [{"token": "a"}, {"token": "b"}]}',
        [
            (TextKind.JSON, b'{"text": "a", "logprobs": [{"token": ""}, {"token": ""}]}'),
            (TextKind.JSON_STRING, b"ab"),
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "headers", "body", "texts"), BODIES, ids=[c[0] for c in BODIES])
def test_the_texts_of_a_body(
    reason: str, headers: Headers, body: bytes, texts: list[tuple[TextKind, bytes]]
) -> None:
    extracted = extract_texts(headers, body, CHANNELS, is_password)
    assert [(text.kind, text.data) for text in extracted.texts if text.data or not body] == texts
    assert [*extracted.derived_fields] == []


DERIVED = [
    ("bytes of a token", b'{"logprobs" : [{"token": "a", "bytes": [97]}]}', [b"97"]),
    ("offsets", b'{"text": "a", "annotations": [{"start_index" : 0}]}', [b"0"]),
    ("none", b'{"text": "a", "logprobs": null}', []),
]


@pytest.mark.parametrize(("reason", "body", "fields"), DERIVED, ids=[c[0] for c in DERIVED])
def test_the_derived_fields_of_a_body(reason: str, body: bytes, fields: list[bytes]) -> None:
    extracted = extract_texts((), body, CHANNELS, is_password)
    assert [body[field.start : field.end] for field in extracted.derived_fields] == fields


def test_offsets_count_from_the_start_of_the_body() -> None:
    event = b'data: {"text": "a", "annotations": [{"end_index": 7}]}\n\n'
    extracted = extract_texts(SSE, event * 2, CHANNELS, is_password)
    assert [(event * 2)[field.start] for field in extracted.derived_fields] == [ord("7")] * 2
    assert [list(text.iter_ranges(0, len(text.data))) for text in extracted.texts[1:2]] == [
        [(16, 17), (16 + len(event), 17 + len(event))]
    ]


def test_without_channels_a_body_is_one_text() -> None:
    [text] = extract_texts(NDJSON, LINES, None, is_password).texts
    assert (text.kind, text.data) == (TextKind.JSON, LINES)
