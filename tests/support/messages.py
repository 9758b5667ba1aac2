"""Binary messages of Amazon's event streams."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from zlib import crc32


def encode_message(payload: bytes, headers: Mapping[str, str]) -> bytes:
    """Encode one message whose headers are all texts."""
    encoded = b"".join(
        struct.pack(">B", len(name))
        + name.encode()
        + struct.pack(">BH", 7, len(value.encode()))
        + value.encode()
        for name, value in headers.items()
    )
    prelude = struct.pack(">II", 16 + len(encoded) + len(payload), len(encoded))
    data = prelude + struct.pack(">I", crc32(prelude)) + encoded + payload
    return data + struct.pack(">I", crc32(data))


def encode_event(name: str, value: object, *, kind: str = "event") -> bytes:
    """Encode an event, or an exception, with JSON as its payload."""
    headers = {
        f":{kind}-type": name,
        ":content-type": "application/json",
        ":message-type": kind,
    }
    return encode_message(json.dumps(value, separators=(",", ":")).encode(), headers)


def decode_messages(data: bytes) -> list[tuple[dict[str, str], bytes]]:
    """Decode whole messages to headers and payloads; fail if a length or checksum is wrong."""
    messages = []
    while data:
        length, headers_length, checksum = struct.unpack(">III", data[:12])
        assert checksum == crc32(data[:8])
        message, data = data[:length], data[length:]
        assert len(message) == length
        assert struct.unpack(">I", message[-4:])[0] == crc32(message[:-4])
        headers = _decode_headers(message[12 : 12 + headers_length])
        messages.append((headers, message[12 + headers_length : -4]))
    return messages


def _decode_headers(data: bytes) -> dict[str, str]:
    headers = {}
    while data:
        name, data = data[1 : 1 + data[0]], data[1 + data[0] :]
        kind, size = struct.unpack(">BH", data[:3])
        assert kind == 7
        headers[name.decode()] = data[3 : 3 + size].decode()
        data = data[3 + size :]
    return headers
