"""Pieces that the corpus joins into one text."""

from __future__ import annotations

import pytest

from corpus.joining import collect_channels, join_pieces, split_records

CASES = [
    (
        "pieces of two choices are two texts",
        b'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n'
        b'data: {"choices":[{"index":1,"delta":{"content":"b"}},'
        b'{"index":0,"delta":{"content":"c"}}]}\n\n',
        {"ac", "b"},
    ),
    ("events of two names are two texts", b'event: a\ndata: "x"\n\ndata: "y"\n\n', {"x", "y"}),
    (
        "data that is not JSON is a text, digits too",
        b"data: a\r\n\r\ndata: 1\r\n\r\ndata: b\r\n\r\n",
        {"a1b"},
    ),
    ("data on several lines is one", b'data: {"t":\ndata: "x"}\n\n', {"x"}),
    ("lines of JSON are records", b'{"r":"a"}\n{"r":"b"}\n', {"ab", ""}),
    ("lines with a prefix are records", b'0:"a"\n0:"b"\n', {"ab", ""}),
    ("other text is one record", b"a\nb", {"a\nb"}),
    ("bytes in a list are a text", b'{"bytes":[104,105]}', {"hi"}),
]


@pytest.mark.parametrize(("why", "body", "texts"), CASES, ids=[row[0] for row in CASES])
def test_pieces_of_one_text_are_joined(why: str, body: bytes, texts: set[str]) -> None:
    assert {join_pieces(pieces) for pieces in collect_channels(body).values()} == texts


def test_records_joined_are_the_stream() -> None:
    body = b': hi\n\nid: 7\ndata: {"a":1}\n\ndata: rest'
    assert b"".join(record.raw for record in split_records(body)) == body
