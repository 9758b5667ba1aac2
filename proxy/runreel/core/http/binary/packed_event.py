"""Events that binary messages hold in base64, as those of Bedrock's InvokeModel are.

``{"bytes":"eyJ0eXBl…","p":"abc"}`` in a message named ``chunk`` is an event of the model's own API.

Source: Amazon Bedrock API reference, "ResponseStream", "PayloadPart".
"""

from __future__ import annotations

import binascii
from base64 import b64decode

from msgspec import Struct

from runreel.core.http.binary.message_stream import MessageLayout, get_message_name
from runreel.core.regex.lazy_pattern import compile_later

PACKED_NAME = "chunk"
"""Name of the messages that hold an event."""

_BASE64 = compile_later(rb'(?<!\\)"bytes"\s*+:\s*+"([A-Za-z0-9+/=]*+)"')


class PackedEvent(Struct, frozen=True):
    """An event, and the range of its base64 in the message."""

    data: bytes
    start: int
    end: int


def find_packed_event(raw: bytes, layout: MessageLayout) -> PackedEvent | None:
    """Return the event in the payload of a whole message; None if the payload is the event."""
    if layout.length != len(raw) or get_message_name(raw, layout) != PACKED_NAME.encode():
        return None
    match = _BASE64.search(raw, layout.headers_end, layout.payload_end)
    if match is None:
        return None
    try:
        return PackedEvent(b64decode(match[1], validate=True), *match.span(1))
    except binascii.Error:
        return None
