from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.texts.text import Text, TextKind
from support.streams import EVENTS, list_texts, make_event, split_one_by_one


def join_channels(*events: bytes) -> list[bytes]:
    """Return the texts of channels of more than one piece."""
    return [text.data for text in split_one_by_one(events).finish().channels]


APART: list[tuple[str, list[bytes], list[bytes]]] = [
    ("pieces of one text", [make_event({"text": "a"}), make_event({"text": "b"})], [b"ab"]),
    (
        "an array of pieces",
        [make_event({"text": ["a", "b"]}), make_event({"text": ["c", "d"]})],
        [b"abcd"],
    ),
    ("two members", [make_event({"text": "a", "delta": "b"})] * 2, [b"aa", b"bb"]),
    (
        "two names of events",
        [make_event({"text": "a"}, "x"), make_event({"text": "b"}, "y")],
        [b"a", b"b"],
    ),
    ("two types", [make_event({"type": t, "text": t}) for t in "aba"], [b"aa", b"b"]),
    ("two messages", [make_event({"id": t, "text": t}) for t in "aba"], [b"aa", b"b"]),
    (
        "by index, wherever it stands in the array",
        [
            make_event({"c": [{"index": 0, "text": "a"}, {"index": 1, "text": "b"}]}),
            make_event({"c": [{"index": 1, "text": "c"}]}),
        ],
        [b"a", b"bc"],
    ),
    (
        "by place where there is no index",
        [make_event({"c": [{"text": "a"}, {"text": "b"}]}), make_event({"c": [{"text": "c"}]})],
        [b"ac", b"b"],
    ),
    (
        "two messages, whose ids are further down",
        [make_event({"n": {"id": t}, "text": t}) for t in "ab"],
        [b"a", b"b"],
    ),
    (
        "an id in another element of an array",
        [make_event({"a": [{"message_id": t}, {"text": t}]}) for t in "ab"],
        [b"ab"],
    ),
    ("a number is not a piece", [make_event({"text": 1})], []),
    ("a member beside a piece", [make_event({"other": "a", "text": "b"})], [b"b"]),
    (
        "any member of an unknown event",
        [make_event({"other": "a"}), make_event({"other": "b"})],
        [b"ab"],
    ),
    ("a member that is constant", [make_event({"model": "a"})], []),
    ("an empty piece", [make_event({"text": ""}), make_event({"text": "a"})], [b"a"]),
    ("escapes stay", [make_event({"text": '"'}), make_event({"text": "\u00e9"})], [rb"\"\u00e9"]),
    ("a name with escapes", [b'{"te\\u0078t": "a"}', make_event({"text": "b"})], [b"ab"]),
    ("lines of JSON", [b'{"text": "a"}\n', b'{"text": "b"}\n'], [b"ab"]),
    (
        "data in several lines",
        [b'data: {"text":\ndata: "a"}\n\n', make_event({"text": "b"})],
        [b"ab"],
    ),
    ("broken off in a piece", [make_event({"text": "a"}), b'data: {"text": "b'], [b"ab"]),
    ("lines of text", [b"data: a\n\n", b"data: b\n\n"], [b"ab"]),
    ("lines of one event", [b"data: a\ndata: b\n\n", b"data:c\n\n"], [b"a\nbc"]),
    ("lines of CRLF", [b"data: a\r\ndata: b\r\n\r\n"], [b"a\nb"]),
    ("lines of two names", [b"event: x\ndata: a\n\n", b"data: b\n\n"], [b"a", b"b"]),
    ("a BOM", [b"\xef\xbb\xbfdata: a\n\n", b"data: b\n\n"], [b"ab"]),
    ("tokens", [make_event({"logprobs": [{"token": "a"}, {"token": "b"}]})] * 2, [b"abab"]),
    (
        "tokens of two choices",
        [make_event({"c": [{"logprobs": {"content": [{"token": t}]}} for t in "ab"]})] * 2,
        [b"aa", b"bb"],
    ),
    ("alternatives to tokens", [make_event({"logprobs": [{"top": [{"token": "b"}]}]})], [b"b"]),
    ("log-probabilities without tokens", [make_event({"logprobs": None, "text": "a"})], [b"a"]),
]


@pytest.mark.parametrize(("reason", "events", "texts"), APART, ids=[c[0] for c in APART])
def test_channels(reason: str, events: list[bytes], texts: list[bytes]) -> None:
    assert join_channels(*events, *events) == [text * 2 for text in texts]


def test_kinds_of_texts() -> None:
    rest, others, _ = split_one_by_one([make_event({"text": "a"}), b"data: b\n\n"] * 2).finish()
    assert rest.kind is TextKind.JSON
    assert {text.kind for text in others} == {TextKind.JSON_STRING, TextKind.PLAIN}


def test_a_single_piece_stays_in_its_event() -> None:
    events = [make_event({"text": "a"}), b"data: b\n\n"]
    assert join_channels(*events) == []
    assert split_one_by_one(events).finish().rest.data == b"".join(events)


def test_a_comment_is_part_of_the_rest() -> None:
    events = [b": sk-1\nid: 7\ndata: a\n\n", b":\n\n", b"data: b\n\n", b""]
    rest, [lines], _ = split_one_by_one(events).finish()
    assert rest.data == b": sk-1\nid: 7\ndata: \n\n:\n\ndata: \n\n"
    assert lines.data == b"ab"


LINES = st.text('data: evnt{"}\\\r\n', max_size=20).map(str.encode)


def list_ranges(text: Text) -> list[tuple[int, int]]:
    return list(text.iter_ranges(0, len(text.data)))


@given(st.lists(EVENTS | LINES, max_size=8))
def test_no_byte_is_in_two_texts_and_each_is_a_byte_of_the_body(events: list[bytes]) -> None:
    body = b"".join(events)
    ranges: list[tuple[int, int]] = []
    for text in list_texts(split_one_by_one(events)):
        original = b"".join(body[start:end] for start, end in list_ranges(text))
        assert original.replace(b"\n", b"") == text.data.replace(b"\n", b"")
        assert list_ranges(text) == sorted(list_ranges(text))
        ranges += list_ranges(text)
    ranges.sort()
    assert all(one[1] <= other[0] for one, other in pairwise(ranges))
