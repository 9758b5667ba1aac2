from __future__ import annotations

import pytest

from runreel.dialects.assistants.documents import (
    AnswerDocument,
    ParsedObject,
    get_text,
    iter_documents,
)
from runreel.model import Headers
from support.build import make_answer
from support.requests import JSON

STREAM: Headers = ((b"content-type", b"Text/Event-Stream; charset=utf-8"),)

CASES: list[tuple[str, Headers, bytes, list[AnswerDocument]]] = [
    ("one object", JSON, b'{"a": 1}', [AnswerDocument("", {"a": 1})]),
    (
        "a list",
        JSON,
        b'{"data": [{"a": 1}, 2, {"b": 2}]}',
        [AnswerDocument("", {"a": 1}), AnswerDocument("", {"b": 2})],
    ),
    ("an empty list", JSON, b'{"data": []}', [AnswerDocument("", {"data": []})]),
    ("data that is not a list", JSON, b'{"data": "x"}', [AnswerDocument("", {"data": "x"})]),
    ("an array", JSON, b"[1]", []),
    ("not JSON", JSON, b"\x00\xff", []),
    ("nothing", JSON, b"", []),
    ("too deep", JSON, b"[" * 200_000, []),
    ("a stream", STREAM, b'event: a\ndata: {"b": 1}\n\n', [AnswerDocument("a", {"b": 1})]),
    (
        "its list is left whole",
        STREAM,
        b'data: {"data": [{}]}\n\n',
        [AnswerDocument("message", {"data": [{}]})],
    ),
    ("events without an object", STREAM, b"data: [DONE]\n\ndata: 1\n\n: x\n\n", []),
    (
        "a last event without its blank line",
        STREAM,
        b'data: {"b": 1}',
        [AnswerDocument("message", {"b": 1})],
    ),
    (
        "a stream of another type",
        JSON,
        b'data: {"b": 1}\n\n',
        [AnswerDocument("message", {"b": 1})],
    ),
    (
        "a stream without a type",
        (),
        b'event: a\ndata: {"b": 1}\n\n',
        [AnswerDocument("a", {"b": 1})],
    ),
]


@pytest.mark.parametrize(
    ("reason", "headers", "body", "expected"), CASES, ids=[row[0] for row in CASES]
)
def test_the_documents_of_an_answer(
    reason: str, headers: Headers, body: bytes, expected: list[AnswerDocument]
) -> None:
    assert list(iter_documents(make_answer(body, headers=headers))) == expected


def test_a_member_of_another_type_is_absent() -> None:
    value: ParsedObject = {"object": {"a": 1}, "text": "x"}
    assert [get_text(value, name) for name in ("text", "object", "none")] == ["x", "", ""]
