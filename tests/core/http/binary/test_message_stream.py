from __future__ import annotations

import struct
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.http.binary.message_stream import (
    find_message_layout,
    get_message_name,
    is_message_stream,
    split_messages,
)
from runreel.core.http.stream_reader import read_stream, split_stream
from runreel.core.redact.texts.spans import Edit, apply_edits
from support.messages import decode_messages, encode_event, encode_message

ONE = encode_event("contentBlockDelta", {"delta": {"text": "Hi"}})
TWO = encode_event("throttlingException", {"message": "slow down"}, kind="exception")
EMPTY = encode_message(b"", {":event-type": "done"})


def test_a_stream_is_split_into_its_messages() -> None:
    assert split_messages(ONE + TWO + EMPTY) == [ONE, TWO, EMPTY]
    assert split_stream((), ONE + TWO) == [ONE, TWO]


CUT = [
    ("in the first prelude", ONE[:5], None),
    ("in a payload", ONE + TWO[:-9], [ONE, TWO[:-9]]),
    ("in a prelude", ONE + TWO[:7], [ONE, TWO[:7]]),
    ("what follows is no message", ONE + b"data: x\n\n", [ONE, b"data: x\n\n"]),
]


@pytest.mark.parametrize(("reason", "body", "events"), CUT, ids=[row[0] for row in CUT])
def test_a_stream_that_is_cut_off(reason: str, body: bytes, events: list[bytes] | None) -> None:
    assert is_message_stream(body) is (events is not None)
    assert split_stream((), body) == events


def build_prelude(length: int, headers_length: int) -> bytes:
    prelude = struct.pack(">II", length, headers_length)
    return prelude + struct.pack(">I", crc32(prelude))


WRONG = [
    ("empty", b""),
    ("text", b"data: x\n\n"),
    ("JSON", b'{"a": 1}'),
    ("a wrong checksum", ONE[:8] + b"\0\0\0\0" + ONE[12:]),
    ("a length of nothing", build_prelude(0, 0)),
    ("headers longer than the message", build_prelude(20, 30) + b"\0" * 8),
    ("a message larger than any", build_prelude(2**31, 0) + b"\0" * 8),
]


@pytest.mark.parametrize(("reason", "body"), WRONG, ids=[row[0] for row in WRONG])
def test_other_bodies_are_no_messages(reason: str, body: bytes) -> None:
    assert not is_message_stream(body)
    assert find_message_layout(body) is None


def test_the_name_of_a_message_is_in_its_headers() -> None:
    for raw, name in ((ONE, b"contentBlockDelta"), (TWO, b"throttlingException"), (EMPTY, b"done")):
        layout = find_message_layout(raw)
        assert layout is not None
        assert get_message_name(raw, layout) == name


def test_headers_of_all_types_are_passed() -> None:
    fixed = {0: b"", 1: b"", 2: b"x", 3: b"xx", 4: b"x" * 4, 5: b"x" * 8, 8: b"x" * 8, 9: b"x" * 16}
    headers = b"".join(b"\1a" + bytes([kind]) + value for kind, value in fixed.items())
    headers += b"\1b\6\0\3xyz" + b"\13:event-type\7\0\2ok"
    prelude = build_prelude(16 + len(headers), len(headers))
    raw = prelude + headers + struct.pack(">I", crc32(prelude + headers))
    layout = find_message_layout(raw)
    assert layout is not None
    assert get_message_name(raw, layout) == b"ok"


def test_events_have_names_data_and_places() -> None:
    events = read_stream((), ONE + TWO[:-1])
    assert events is not None
    assert [(each.event.event, each.event.complete) for each in events] == [
        ("contentBlockDelta", True),
        ("throttlingException", False),
    ]
    assert events[0].event.data == '{"delta":{"text":"Hi"}}'
    assert [(each.offset, each.length) for each in events] == [
        (0, len(ONE)),
        (len(ONE), len(TWO) - 1),
    ]


PAYLOADS = st.lists(st.binary(max_size=20), min_size=1, max_size=4)


@given(PAYLOADS, st.data())
def test_edits_of_payloads_leave_a_valid_stream(payloads: list[bytes], data: st.DataObject) -> None:
    raws = [encode_message(payload, {":event-type": "x"}) for payload in payloads]
    edits, edited, start = [], [], 0
    for raw, payload in zip(raws, payloads, strict=True):
        first = data.draw(st.integers(0, len(payload)))
        last = data.draw(st.integers(first, len(payload)))
        new = data.draw(st.binary(max_size=30))
        at = start + len(raw) - 4 - len(payload)
        edits.append(Edit(at + first, at + last, new))
        edited.append(payload[:first] + new + payload[last:])
        start += len(raw)
    mended = apply_edits(b"".join(raws), edits)
    assert [payload for _, payload in decode_messages(mended)] == edited


def test_an_edit_of_a_header_leaves_a_valid_stream() -> None:
    start = ONE.index(b"application/json")
    edit = Edit(len(TWO) + start, len(TWO) + start + 11, b"text")
    mended = apply_edits(TWO + ONE, [edit])
    [_, (headers, _)] = decode_messages(mended)
    assert headers[":content-type"] == "text/json"


def test_the_message_that_is_cut_off_gets_a_right_length() -> None:
    body = ONE + TWO[:-6]
    start = body.index(b"slow")
    mended = apply_edits(body, [Edit(start, start + 4, b"REDACTED")])
    first, second = split_messages(mended)
    assert first == ONE
    layout = find_message_layout(second)
    assert layout is not None
    assert layout.length == len(TWO) + 4
    assert b"REDACTED down" in second


@given(st.binary(max_size=60))
def test_no_bytes_raise(data: bytes) -> None:
    for body in (data, ONE[:12] + data, build_prelude(16 + len(data), len(data)) + data):
        assert b"".join(split_messages(body)) == body
        for event in split_messages(body):
            layout = find_message_layout(event)
            assert layout is None or get_message_name(event, layout) is not None
