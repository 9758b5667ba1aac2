"""Splitting and parsing of event streams.

The rows are the cases of the WHATWG standard, with the result of a real browser (Chromium): the
(event name, data, last event id) that a listener gets.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.http.sse import (
    BOM,
    SseEvent,
    SseSplitter,
    parse_event,
    parse_events,
    split_body,
)
from support.cases import cut_at, feed_all, list_chunkings

Dispatched = tuple[str, str, str]

CASES: list[tuple[str, bytes, list[Dispatched]]] = [
    ("nothing at all", b"", []),
    ("a named event", b"event: a\ndata: b\n\n", [("a", "b", "")]),
    ("a BOM at the start is dropped", BOM + b"data: a\n\n", [("message", "a", "")]),
    ("a BOM and a blank line", BOM + b"\ndata: a\n\n", [("message", "a", "")]),
    ("a BOM alone", BOM, []),
    (
        "a second BOM is part of the field's name",
        BOM + BOM + b"data: a\n\ndata: b\n\n",
        [("message", "b", "")],
    ),
    (
        "a BOM later is text",
        b"data: a\n\n" + BOM + b"data: b\n\ndata: c\n\n",
        [("message", "a", ""), ("message", "c", "")],
    ),
    ("LF ends lines", b"data: a\ndata: b\n\n", [("message", "a\nb", "")]),
    ("CR ends lines", b"data: a\rdata: b\r\r", [("message", "a\nb", "")]),
    ("CRLF ends lines", b"data: a\r\ndata: b\r\n\r\n", [("message", "a\nb", "")]),
    ("line ends may be mixed", b"data: a\rdata: b\ndata: c\r\n\n", [("message", "a\nb\nc", "")]),
    (
        "LF CRLF ends an event",
        b"data: a\n\r\ndata: b\n\n",
        [("message", "a", ""), ("message", "b", "")],
    ),
    (
        "CR CRLF ends an event",
        b"data: a\r\r\ndata: b\n\n",
        [("message", "a", ""), ("message", "b", "")],
    ),
    (
        "CRLF CR ends an event",
        b"data: a\r\n\rdata: b\n\n",
        [("message", "a", ""), ("message", "b", "")],
    ),
    (
        "CR CR ends an event",
        b"data: a\r\rdata: b\r\r",
        [("message", "a", ""), ("message", "b", "")],
    ),
    ("a CR at the very end ends it too", b"data: a\n\r", [("message", "a", "")]),
    ("a CRLF in an event is not a blank line", b"data: a\r\ndata: b\r\n", []),
    ("a comment dispatches nothing", b": ping\n\n", []),
    ("a lone colon is a comment", b":\n\n", []),
    ("a comment within an event", b"data: a\n: ping\ndata: b\n\n", [("message", "a\nb", "")]),
    ("only comments", b": a\n: b\n\n:c\n\n", []),
    ("data without a colon is empty data", b"data\n\n", [("message", "", "")]),
    ("data with nothing is empty data", b"data:\n\n", [("message", "", "")]),
    ("two empty data lines are one LF", b"data\ndata\n\n", [("message", "\n", "")]),
    ("an event without data is not dispatched", b"event: a\n\n", []),
    ("and its name is discarded", b"event: a\n\ndata: b\n\n", [("message", "b", "")]),
    (
        "a name does not persist",
        b"event: a\ndata: b\n\ndata: c\n\n",
        [("a", "b", ""), ("message", "c", "")],
    ),
    ("the last name counts", b"event: a\nevent: b\ndata: c\n\n", [("b", "c", "")]),
    ("blank lines before the first event", b"\n\n\r\n\rdata: a\n\n", [("message", "a", "")]),
    ("blank lines after an event", b"data: a\n\n\n\r\r\n", [("message", "a", "")]),
    ("only one space is removed", b"data:  a\n\n", [("message", " a", "")]),
    ("no space is needed", b"data:a\n\n", [("message", "a", "")]),
    ("a tab is not removed", b"data:\ta\n\n", [("message", "\ta", "")]),
    ("a colon in the value", b"data: a:b\n\n", [("message", "a:b", "")]),
    ("an unknown field", b"foo: a\ndata: b\n\n", [("message", "b", "")]),
    ("names are case-sensitive", b"Data: a\nDATA: b\n\n", []),
    ("a space before the colon", b"data : a\n\n", []),
    ("a space before the name", b" data: a\n\n", []),
    ("an id", b"id: 1\ndata: a\n\n", [("message", "a", "1")]),
    (
        "an id persists",
        b"id: 1\ndata: a\n\ndata: b\n\n",
        [("message", "a", "1"), ("message", "b", "1")],
    ),
    ("an id without data persists too", b"id: 1\n\ndata: a\n\n", [("message", "a", "1")]),
    (
        "an empty id resets",
        b"id: 1\ndata: a\n\nid\ndata: b\n\n",
        [("message", "a", "1"), ("message", "b", "")],
    ),
    (
        "an id with NUL is ignored",
        b"id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n",
        [("message", "a", "1"), ("message", "b", "1")],
    ),
    ("without a blank line there is no event", b"data: a\n", []),
    ("nor without a line break", b"data: [DONE]", []),
    (
        "the event before an incomplete one is dispatched",
        b"data: a\n\ndata: b",
        [("message", "a", "")],
    ),
    ("bytes that are not UTF-8", b"data: \xff\xc3\n\n", [("message", "\ufffd\ufffd", "")]),
    ("a character of many bytes", "data: ü€😀\n\n".encode(), [("message", "ü€😀", "")]),
    ("half a character before a line break", b"data: \xe2\x82\n\n", [("message", "\ufffd", "")]),
    (
        "line breaks in Unicode, but not here",
        "data: a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\x1dh\x1ei\n\n".encode(),
        [("message", "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\x1dh\x1ei", "")],
    ),
    ("NUL in data", b"data: a\0b\n\n", [("message", "a\0b", "")]),
    ("an empty name is `message`", b"event:\ndata: a\n\n", [("message", "a", "")]),
    (
        "an empty name resets an earlier one",
        b"event: a\nevent\ndata: b\n\n",
        [("message", "b", "")],
    ),
]

PARSED = [
    ("retry consists of digits", b"retry: 1500\n\n", {"retry": 1500}),
    ("retry with a sign is ignored", b"retry: -1\n\n", {"retry": None}),
    ("retry with a decimal point is ignored", b"retry: 1.5\n\n", {"retry": None}),
    ("digits of other scripts are ignored", "retry: ١٢\n\n".encode(), {"retry": None}),
    ("an empty retry is ignored", b"retry\n\n", {"retry": None}),
    ("an absurdly long retry is ignored", b"retry: " + b"9" * 5_000 + b"\n\n", {"retry": None}),
    ("the last retry counts", b"retry: 1\nretry: 2\n\n", {"retry": 2}),
    ("comments are kept, without one space", b": a\n:b\n:\n\n", {"comments": ("a", "b", "")}),
    ("a comment is complete, yet not dispatched", b": a\n\n", {"complete": True}),
    ("a blank line is complete", b"\r\n", {"complete": True, "dispatched": False}),
    ("no id is not an empty id", b"data: a\n\n", {"id": None}),
    ("an empty id", b"id:\n\n", {"id": ""}),
    (
        "an incomplete event has the fields so far",
        b"event: a\ndata: b",
        {"event": "a", "data": "b", "complete": False, "dispatched": False},
    ),
    (
        "a BOM is text unless it is the first",
        BOM + b"data: a\n\n",
        {"data": "", "dispatched": False},
    ),
]


def dispatch(body: bytes) -> list[Dispatched]:
    events = [item for item in parse_events(body) if item.event.dispatched]
    return [(item.event.event, item.event.data, item.last_event_id) for item in events]


@pytest.mark.parametrize(("reason", "body", "expected"), CASES, ids=[c[0] for c in CASES])
def test_a_browser_dispatches_the_same_events(
    reason: str, body: bytes, expected: list[Dispatched]
) -> None:
    assert dispatch(body) == expected


@pytest.mark.parametrize(("reason", "body", "expected"), CASES, ids=[c[0] for c in CASES])
def test_every_chunking_gives_the_same_raw_events(
    reason: str, body: bytes, expected: list[Dispatched]
) -> None:
    whole, rest = feed_all(SseSplitter(), [body])
    assert b"".join(whole) + rest == body
    for chunks in list_chunkings(body):
        assert b"".join(chunks) == body
        assert feed_all(SseSplitter(), chunks) == (whole, rest)


@pytest.mark.parametrize(("reason", "body", "expected"), CASES, ids=[c[0] for c in CASES])
def test_trailing_data_does_not_change_earlier_events(
    reason: str, body: bytes, expected: list[Dispatched]
) -> None:
    followed = body + b"\n\n: trailing"
    assert dispatch(followed)[: len(expected)] == expected
    assert parse_events(followed)[-1].event == parse_event(b": trailing")


@pytest.mark.parametrize(("reason", "raw", "expected"), PARSED, ids=[c[0] for c in PARSED])
def test_parsing_one_event(reason: str, raw: bytes, expected: dict[str, object]) -> None:
    fields = parse_event(raw)._asdict()
    assert {name: fields[name] for name in expected} == expected


def test_an_event_with_all_fields() -> None:
    raw = b": note\r\nid: 7\r\nevent: a\r\nretry: 10\r\ndata: b\r\ndata: c\r\n\r\n"
    assert parse_event(raw) == SseEvent(
        event="a",
        data="b\nc",
        id="7",
        retry=10,
        comments=("note",),
        complete=True,
        dispatched=True,
    )


def test_each_event_has_its_offset_and_length() -> None:
    body = BOM + b"data: a\n\n: b\r\n\r\ndata: c"
    positions = [(item.offset, item.length, item.event.complete) for item in parse_events(body)]
    assert positions == [(0, 12, True), (12, 7, True), (19, 7, False)]


def test_an_event_is_returned_as_soon_as_it_is_certain() -> None:
    splitter = SseSplitter()
    assert splitter.feed(b"data: a\n\n") == [b"data: a\n\n"]
    assert splitter.feed(b"data: b\r\r") == []
    assert splitter.feed(b"d") == [b"data: b\r\r"]
    assert splitter.feed(b"ata: c\r\n\r") == []
    assert splitter.feed(b"\n") == [b"data: c\r\n\r\n"]
    assert splitter.finish() == b""


def test_a_stream_with_cr_only_does_not_lose_its_last_event() -> None:
    splitter = SseSplitter()
    assert splitter.feed(b"data: a\r\r") == []
    tail = splitter.finish()
    assert parse_event(tail).dispatched
    assert splitter.finish() == b""


def test_a_finished_splitter_can_be_used_again() -> None:
    splitter = SseSplitter()
    assert feed_all(splitter, [b"data: a"]) == ([], b"data: a")
    assert feed_all(splitter, [b"\ndata: b\n\n"]) == ([b"\n", b"data: b\n\n"], b"")


STREAMS = st.text(alphabet="ab:\r\n \ufeff", max_size=40).map(str.encode)
FIELDS = st.sampled_from(
    [
        b"data",
        b"event",
        b"id",
        b"retry",
        b":",
        b" ",
        b"1",
        b"\0",
        b"\n",
        b"\r",
        b"\r\n",
        BOM,
        b"\xff",
    ]
)


@given(STREAMS, st.lists(st.integers(0, 40), max_size=6))
def test_chunking_never_changes_the_result(body: bytes, places: list[int]) -> None:
    chunks = cut_at(body, sorted(places))
    assert feed_all(SseSplitter(), chunks) == feed_all(SseSplitter(), [body])


@given(STREAMS | st.lists(st.sampled_from([b"\n", b"a", b":"]), max_size=12).map(b"".join))
def test_a_whole_body_is_split_as_in_chunks(body: bytes) -> None:
    events, rest = feed_all(SseSplitter(), [body])
    assert split_body(body) == ([*events, rest] if rest else events)


@given(st.lists(FIELDS, max_size=30).map(b"".join))
def test_the_algorithm_of_the_standard_dispatches_the_same_events(body: bytes) -> None:
    assert dispatch(body) == interpret_by_standard(body)
    assert b"".join(body[e.offset : e.offset + e.length] for e in parse_events(body)) == body


def interpret_by_standard(body: bytes) -> list[Dispatched]:
    """Follow the text of the standard step by step, without regard to speed and raw bytes."""
    *lines, _ = re.split("\r\n|\r|\n", body.decode("utf-8", "replace").removeprefix("\ufeff"))
    dispatched: list[Dispatched] = []
    data, name, last_id = "", "", ""
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if line == "":
            if data:
                dispatched.append((name or "message", data.removesuffix("\n"), last_id))
            data, name = "", ""
        elif field == "data":
            data += value + "\n"
        elif field == "event":
            name = value
        elif field == "id" and "\0" not in value:
            last_id = value
    return dispatched
