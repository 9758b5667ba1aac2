from __future__ import annotations

from base64 import b64encode

import pytest

from runreel.core.http.binary.message_stream import find_message_layout
from runreel.core.http.binary.packed_event import PackedEvent, find_packed_event
from support.messages import encode_message

EVENT = b'{"type": "x"}'
PACKED = b64encode(EVENT)
HEADERS = {":event-type": "chunk"}


def find(raw: bytes) -> PackedEvent | None:
    layout = find_message_layout(raw)
    assert layout is not None
    return find_packed_event(raw, layout)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"bytes":"%b"}' % PACKED,
        b'{"bytes": "%b", "p": "abc"}' % PACKED,
        b'{"p":"\\"bytes\\":","bytes":"%b"}' % PACKED,
    ],
    ids=["alone", "before padding", "after padding"],
)
def test_an_event_in_base64(payload: bytes) -> None:
    raw = encode_message(payload, HEADERS)
    packed = find(raw)
    assert packed is not None
    assert packed.data == EVENT
    assert raw[packed.start : packed.end] == PACKED


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        (b'{"bytes":"%b"}' % PACKED, "other"),
        (b'{"bytes":"%b"}' % PACKED[:-1], "chunk"),
        (b'{"bytes":"?"}', "chunk"),
        (b'{"text":"x"}', "chunk"),
    ],
    ids=["of another name", "not base64", "other characters", "no base64"],
)
def test_a_payload_that_is_the_event(payload: bytes, name: str) -> None:
    assert find(encode_message(payload, {":event-type": name})) is None


def test_a_message_that_is_cut_off() -> None:
    assert find(encode_message(b'{"bytes":"%b"}' % PACKED, HEADERS)[:-9]) is None
