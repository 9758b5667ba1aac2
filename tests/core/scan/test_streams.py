"""Events and lines, each with its offset in the body."""

from __future__ import annotations

import pytest

from runreel.core.scan.streams import list_stream_items
from support.build import make_answer

TEXT = (b"Content-Type", b"text/plain")
SSE = (b"Content-Type", b"text/event-stream")
CASES = [
    ("events", SSE, b": hi\n\nevent: a\ndata: 1\n\ndata: 2", ["", "1", "2"]),
    ("events of a wrong type", TEXT, b"data: 1\n\ndata: 2\n\n", ["1", "2"]),
    ("lines of JSON", TEXT, b'{"a": 1}\r\n\n{"b": 2}\n', ['{"a": 1}', "", '{"b": 2}']),
    ("lines of JSON, truncated", TEXT, b'{"a": 1}\n{"b', ['{"a": 1}', '{"b']),
    ("lines with a prefix", TEXT, b'0:"a"\nd:{"b": 1}\n', ['"a"', '{"b": 1}']),
    ("one object", TEXT, b'{"a": 1}\n', []),
    ("one object on several lines", TEXT, b'{\n  "a": {}\n}\n', []),
    ("text", TEXT, b"a\nb\n", []),
    ("nothing", TEXT, b"", []),
]


@pytest.mark.parametrize(
    ("header", "body", "data"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_items_of_a_stream(header: tuple[bytes, bytes], body: bytes, data: list[str]) -> None:
    items = list_stream_items(make_answer(body, headers=(header,)))
    assert [item.data for item in items] == data
    ends = [item.offset + item.length for item in items]
    assert [0, *ends] == [*(item.offset for item in items), len(body) if items else 0]
