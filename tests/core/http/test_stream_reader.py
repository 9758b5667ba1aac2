"""Recognition of streams by their bytes, and lossless splitting."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.http.sse import BOM
from runreel.core.http.stream_reader import (
    MAX_EVENTS,
    TOO_MANY_EVENTS,
    read_stream,
    split_stream,
)
from runreel.model import Headers

TEXT: Headers = ((b"Content-Type", b"text/plain"),)
JSON: Headers = ((b"Content-Type", b"application/json"),)
SSE: Headers = ((b"content-TYPE", b"Text/Event-Stream; charset=utf-8"),)
LINES: Headers = ((b"Content-Type", b"application/x-ndjson"),)
SEQUENCE: Headers = ((b"Content-Type", b"application/json-seq"),)

DATA = b"data: 1\n\n"
ONE, TWO = b'{"a": 1}\n', b'{"b": {"c": "}{"}}\n'
PRETTY = b'{\n  "a": {\n    "b": [\n      {}\n    ]\n  }\n}\n'

STREAMS: list[tuple[str, Headers, list[bytes]]] = [
    ("events of the right type", SSE, [DATA, DATA]),
    ("events of no type", (), [DATA, b"data: 2"]),
    ("events of the type of a document", JSON, [b"event: a\ndata: 1\n\n", DATA]),
    ("a comment first", TEXT, [b": hi\n\n", DATA]),
    ("a comment within the first event", TEXT, [b": hi\n" + DATA, DATA]),
    ("a reconnection time first", TEXT, [b"retry: 10\n\n", DATA]),
    ("an id first", TEXT, [b"id: 1\n" + DATA, b"id: 2\n" + DATA]),
    ("an empty id", TEXT, [b"id\n" + DATA]),
    ("blank lines first", TEXT, [b"\n", b"\r\n", DATA]),
    ("a byte order mark first", TEXT, [BOM + DATA, DATA]),
    ("CR ends lines", TEXT, [b": hi\r\r", b"data: 1\r\r"]),
    ("an event without data", (), [b"event: a\n\n"]),
    ("only comments, of the right type", SSE, [b": hi\n\n"]),
    ("a document of the type of a stream", SSE, [ONE]),
    ("lines of JSON", LINES, [ONE, TWO]),
    ("lines of the type of a document", JSON, [ONE, TWO]),
    ("lines of the type of another stream", SSE, [ONE, TWO]),
    ("blank lines between", JSON, [ONE, b"\n\r\n", TWO]),
    ("blank lines first, and a byte order mark", JSON, [BOM + b"\n" + ONE, TWO]),
    ("CRLF", JSON, [b'{"a": 1} \r\n', b'{"b": 2}\r\n']),
    ("a last line that is cut off", JSON, [ONE, b'{"b": "']),
    ("a broken line", JSON, [ONE, b'{"b": \n', TWO]),
    ("a first line that is broken, and ends as one", (), [b'{"a": "\\u00"}\n', TWO]),
    ("more broken lines than are parsed", (), [*[b'{"a": "\\x"}\n'] * 20, TWO]),
    ("lines that are not JSON", LINES, [b"a\n", b"b"]),
    ("one line", LINES, [ONE]),
    ("a line of prose at the end", JSON, [ONE, TWO, b"[DONE]\n"]),
    ("objects without line ends", JSON, [b'{"a": 1}', b'{"b": 2}', b"{}"]),
    ("objects with spaces", JSON, [b'{"a": 1} ', b'{"b": 2}']),
    ("arrays", JSON, [b'["a", {}]\n', b'["b", {}]\n']),
    ("strings", JSON, [b'"a"\n', b'"b"\n']),
    ("objects on many lines", JSON, [PRETTY, PRETTY]),
    ("objects on many lines, not separated", JSON, [PRETTY.rstrip(), PRETTY]),
    ("a sequence", SEQUENCE, [b"\x1e" + ONE, b"\x1e" + TWO]),
    ("a sequence of no type", (), [b"\x1e" + ONE, b"\x1e" + TWO]),
    ("a sequence without line ends", (), [b"\x1e{}", b"\x1e[1]", b"\x1e" + PRETTY]),
    ("a sequence of strings", (), [b'\x1e"a"', b'\x1e"b"']),
    ("a sequence of one", SEQUENCE, [b"\x1e" + ONE]),
    ("an array on lines", JSON, [b"[", b'{"a": 1}', b',\n{"b": 2}', b"]"]),
    ("an array of Gemini", JSON, [b"[", PRETTY, b",\r\n" + PRETTY, b",\r\n" + PRETTY, b"]\n"]),
    ("an array with commas first", JSON, [b"[\n", b'{"a": 1}\n', b',{"b": 2}\n', b"]"]),
    ("an array that is cut off", JSON, [b"[", b"{}", b',\n{"b": "x']),
    ("typed lines", TEXT, [b'0:"a"\n', b'd:{"b": 1}\n']),
    ("typed lines of the type of events", SSE, [b'0:"a"\n', b'0:"b"\n']),
    ("an id is not the type of a line", SSE, [b"id:[1]\n\n", DATA]),
    ("typed lines after blank ones", TEXT, [b"\n\n", b'0:"a"\n', b"\n", b'0:"b"\n']),
]

DOCUMENTS: list[tuple[str, Headers, bytes]] = [
    ("nothing", (), b""),
    ("an object", JSON, ONE),
    ("an object on many lines", JSON, PRETTY),
    ("an object with JSON in its strings", JSON, b'{"a": "}{", "b": "}\\n{"}'),
    ("an object that is cut off", JSON, PRETTY[:-8]),
    ("an array", JSON, b'[{"a": 1}, {"b": 2}]'),
    ("an array on many lines", JSON, json.dumps([{"a": 1}] * 3, indent=2).encode()),
    ("an array of arrays", JSON, b"[[1], [2]]\n"),
    ("a string", JSON, b'"data: 1\\n\\n"'),
    ("an object, then prose", TEXT, b'{"a": 1}\nb'),
    ("objects within prose", TEXT, b'{"a": 1} and {"b": 2} are two.'),
    ("a template", TEXT, b"{first} {second}\n"),
    ("quoted speech", TEXT, b'"Hello," he said.\n"Who is there?"'),
    ("footnotes", TEXT, b"[1] [2] are links"),
    ("prose", TEXT, b"Send this:\n\ndata: 1\n\ndata: 2\n\n"),
    ("prose after a colon", TEXT, b": hi\nThis is it:\ndata: 1\n\n"),
    ("one column of a table", TEXT, b"data\n1\n2\n"),
    ("only blank lines", TEXT, b"\n\n"),
    ("binary data", (), bytes(range(256))),
]


@pytest.mark.parametrize(("reason", "headers", "events"), STREAMS, ids=[c[0] for c in STREAMS])
def test_the_events_of_a_stream(reason: str, headers: Headers, events: list[bytes]) -> None:
    assert split_stream(headers, b"".join(events)) == events


@pytest.mark.parametrize(("reason", "headers", "body"), DOCUMENTS, ids=[c[0] for c in DOCUMENTS])
def test_a_document_is_not_a_stream(reason: str, headers: Headers, body: bytes) -> None:
    assert split_stream(headers, body) is None
    assert read_stream(headers, body) is None


PARSED = [
    ("values", b'{"a": 1}\n\n{"b": 2}', ['{"a": 1}', "", '{"b": 2}']),
    ("a sequence", b'\x1e{"a": 1}\n\x1e[2]\n', ['{"a": 1}', "[2]"]),
    ("an array without its brackets", b'[{"a": 1},\n{"b": [2]}\n]\n', ['{"a": 1}', '{"b": [2]}']),
    ("typed lines without their types", b'0:"a"\n1:"b"\n', ['"a"', '"b"']),
    ("events", b": hi\n\ndata: 1\n\n", ["", "1"]),
]


@pytest.mark.parametrize(("reason", "body", "data"), PARSED, ids=[c[0] for c in PARSED])
def test_the_data_of_events(reason: str, body: bytes, data: list[str]) -> None:
    events = read_stream((), body) or []
    assert [item.event.data for item in events] == data
    ends = [0, *(item.offset + item.length for item in events)]
    assert [*(item.offset for item in events), len(body)] == ends


@pytest.mark.parametrize("body", [b'{"a": 1}\n{"b": ', b'[{"a": 1},\n{"b": ', b"\x1e{}\x1e{"])
def test_only_an_event_that_is_cut_off_is_incomplete(body: bytes) -> None:
    assert [item.event.complete for item in read_stream(JSON, body) or []] == [True, False]


BYTES = b'{}[]",:\\\n\r \x1e1a'
WORDS = [BOM, b"\xff", b'{"a": 1}', b'["b"]', b"data:", b"event", b"id:", b"0:", b"null", b",\n{"]
TOKENS = st.sampled_from([*WORDS, *(bytes([byte]) for byte in BYTES)])


@given(st.sampled_from([(), TEXT, JSON, SSE, LINES]), st.lists(TOKENS, max_size=24).map(b"".join))
def test_nothing_is_lost_or_empty(headers: Headers, body: bytes) -> None:
    events = split_stream(headers, body)
    if events is not None:
        assert b"".join(events) == body
        assert all(events)
        assert sum(item.length for item in read_stream(headers, body) or []) == len(body)


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(VALUES, st.sampled_from([None, 1, 4]))
def test_a_json_document_is_never_a_stream(value: object, indent: int | None) -> None:
    assert split_stream(JSON, json.dumps(value, indent=indent).encode()) is None


@given(
    st.lists(st.dictionaries(st.text(max_size=3), VALUES, max_size=3), min_size=2, max_size=5),
    st.sampled_from([None, 1, 4]),
    st.sampled_from([b"", b" ", b"\n", b"\r\n", b"\x1e"]),
)
def test_objects_one_after_another_are_always_a_stream(
    values: list[object], indent: int | None, separator: bytes
) -> None:
    parts = [json.dumps(value, indent=indent).encode() for value in values]
    events = read_stream(JSON, separator.join(parts)) or []
    assert [item.event.data.encode() for item in events] == parts


HOSTILE = [b"{", b"[", b"}", b"\n", b"{\n", b'{"a\n', b'{"a":\n', b"[\n", b"\x1e", b"}{", b"{} "]


@pytest.mark.parametrize("unit", HOSTILE)
@pytest.mark.parametrize("first", [b"", b'{"a": 1}\n'])
def test_hostile_bodies_take_bounded_time(first: bytes, unit: bytes) -> None:
    body = first + unit * (1_000_000 // len(unit))
    start = time.process_time()
    events = split_stream(JSON, body)
    assert time.process_time() - start < 5
    assert events is None or b"".join(events) == body


LONG_STREAMS = [
    ("events", SSE, DATA, b"data: [DONE]\n\n"),
    ("lines of JSON", LINES, ONE, TWO),
]


@pytest.mark.parametrize(
    ("reason", "headers", "unit", "last"), LONG_STREAMS, ids=[row[0] for row in LONG_STREAMS]
)
def test_of_a_long_stream_its_ends_are_read(
    reason: str, headers: Headers, unit: bytes, last: bytes
) -> None:
    bodies = [unit * (MAX_EVENTS + count) + last for count in (-1, 0, 1)]
    whole, one_more, two_more = (read_stream(headers, body) or [] for body in bodies)

    assert TOO_MANY_EVENTS not in {each.event.event for each in whole}
    assert [len(whole), len(one_more), len(two_more)] == [MAX_EVENTS, *[MAX_EVENTS + 1] * 2]
    [merged] = [each for each in two_more if each.event.event == TOO_MANY_EVENTS]
    assert merged.length == 2 * len(unit)
    assert merged.event.data.startswith(f"2 more events, {2 * len(unit)} bytes, sha256 ")
    assert not merged.event.dispatched
    assert two_more[-1].event == whole[-1].event
    for body, events in zip(bodies, (whole, one_more, two_more), strict=True):
        ends = [each.offset + each.length for each in events]
        assert [each.offset for each in events] == [0, *ends[:-1]]
        assert ends[-1] == len(body)


def test_long_streams_that_differ_where_they_are_not_read_have_unequal_events() -> None:
    start, end = DATA * (MAX_EVENTS + 1), DATA * 1_000
    one, other = (read_stream(SSE, start + each + end) for each in (DATA, b"data: 2\n\n"))
    assert one != other
