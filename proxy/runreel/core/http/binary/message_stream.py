"""The binary framing of Amazon's event streams (``application/vnd.amazon.eventstream``).

A stream is a sequence of messages, whose numbers are big-endian:

====================  ======================================================================
bytes                 content
====================  ======================================================================
4                     length of the message
4                     length of the headers
4                     CRC-32 of these 8 bytes
length of headers     headers: name length (1), name, type (1), value
the rest              payload
4                     CRC-32 of all bytes before
====================  ======================================================================

A text or bytes in a header are preceded by their length in 2 bytes. When a payload is changed, the
lengths and checksums must follow (``mend``).

Source: AWS documentation, "Event stream encoding"; botocore, ``eventstream.py``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol
from zlib import crc32

from msgspec import Struct

_PRELUDE = struct.Struct(">III")
_CRC = struct.Struct(">I")
_SHORT = struct.Struct(">H")
_LEAST = _PRELUDE.size + _CRC.size
_MOST = 25 * 1024**2
"""Bytes of a message: 24 MiB of payload, 128 KiB of headers."""

_FIXED_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Bytes of a header's value, for the types of a fixed length."""
_SIZED_TYPES = (6, 7)
"""Bytes and text, which begin with their length."""


class HeaderValue(NamedTuple):
    """The range of a value of bytes or text, in its message."""

    start: int
    end: int


class MessageLayout(Struct, frozen=True):
    """The parts of a message, as offsets from its start; it may be cut off before them."""

    length: int
    headers_end: int
    values: Mapping[bytes, HeaderValue]
    """Values of bytes and text, by the names of their headers."""

    @property
    def payload_end(self) -> int:
        """Offset at which the payload ends and the checksum begins."""
        return self.length - _CRC.size


class MessageEdit(Protocol):
    """A range of a body, and the bytes that replace it."""

    @property
    def start(self) -> int:
        """Offset in the body."""
        ...

    @property
    def end(self) -> int:
        """Offset in the body."""
        ...

    @property
    def data(self) -> bytes:
        """The new bytes."""
        ...


def is_message_stream(body: bytes) -> bool:
    """Return whether a body begins with a message: its first checksum is right."""
    return _read_length(body, 0) > 0


def split_messages(body: bytes) -> list[bytes]:
    """Return the messages of a stream, which joined are the body; the last one may be cut off.

    What is no message goes up to the end of the body.
    """
    messages, start = [], 0
    while start < len(body):
        end = start + (_read_length(body, start) or len(body))
        messages.append(body[start:end])
        start = end
    return messages


def find_message_layout(raw: bytes) -> MessageLayout | None:
    """Return the layout of a message, which may be cut off; None if it is not one."""
    length = _read_length(raw, 0)
    if not length:
        return None
    headers_end = _PRELUDE.size + _PRELUDE.unpack_from(raw)[1]
    values = dict(_iter_header_values(raw[:headers_end]))
    return MessageLayout(length, headers_end, values)


def get_message_name(raw: bytes, layout: MessageLayout) -> bytes:
    """Return the type of an event or exception, or the code of an error."""
    for name in (b":event-type", b":exception-type", b":error-code"):
        if name in layout.values:
            return raw[slice(*layout.values[name])]
    return b""


def mend(body: bytes, edited: bytes, edits: Sequence[MessageEdit]) -> bytes:
    """Return an edited stream with right lengths and checksums.

    ``edited`` is ``body`` with the ``edits``, which are in order and do not overlap. Where an edit
    is neither in a payload nor in a header's value, the message stays as it is.
    """
    result, pending, shift, start = bytearray(edited), list(reversed(edits)), 0, 0
    for raw in split_messages(body):
        end = start + len(raw)
        inner: list[tuple[int, int, int]] = []
        while pending and pending[-1].start < end:
            edit = pending.pop()
            growth = len(edit.data) - (edit.end - edit.start)
            inner.append((edit.start - start, edit.end - start, growth))
        growth = sum(each[2] for each in inner)
        layout = find_message_layout(raw) if inner else None
        if layout is not None:
            at = start + shift
            message = _mend_message(result[at : at + len(raw) + growth], layout, inner)
            result[at : at + len(message)] = message
        shift += growth
        start = end
    return bytes(result)


def _mend_message(
    edited: bytearray, layout: MessageLayout, edits: Sequence[tuple[int, int, int]]
) -> bytearray:
    """Return one edited message with right lengths and checksums."""
    growth = sum(edit[2] for edit in edits)
    in_headers = 0
    for value in sorted(layout.values.values()):
        inner = [
            edit[2] for edit in edits if value.start <= edit[0] < value.end and edit[1] <= value.end
        ]
        size = value.end - value.start + sum(inner)
        if inner and size < 1 << 16:
            _SHORT.pack_into(edited, value.start + in_headers - _SHORT.size, size)
        in_headers += sum(inner)
    headers_length = layout.headers_end - _PRELUDE.size + in_headers
    length = layout.length + growth
    _PRELUDE.pack_into(edited, 0, length, headers_length, 0)
    _CRC.pack_into(edited, 8, crc32(edited[:8]))
    if len(edited) == length:
        _CRC.pack_into(edited, length - _CRC.size, crc32(edited[: -_CRC.size]))
    return edited


def _read_length(body: bytes, start: int) -> int:
    """Return the length of the message that begins here; 0 if none does."""
    if len(body) - start < _PRELUDE.size:
        return 0
    length, headers_length, checksum = _PRELUDE.unpack_from(body, start)
    is_possible = _LEAST + headers_length <= length <= _MOST
    return length if is_possible and checksum == crc32(body[start : start + 8]) else 0


def _iter_header_values(data: bytes) -> Iterator[tuple[bytes, HeaderValue]]:
    """Yield the values of bytes and text in the headers; ``data`` ends where they do."""
    at = _PRELUDE.size
    while at < len(data):
        name_end = at + 1 + data[at]
        if name_end >= len(data):
            return
        type_, value_start = data[name_end], name_end + 1
        if type_ in _SIZED_TYPES and value_start + _SHORT.size <= len(data):
            size = _SHORT.unpack_from(data, value_start)[0]
            value = HeaderValue(value_start + _SHORT.size, value_start + _SHORT.size + size)
            if value.end <= len(data):
                yield data[at + 1 : name_end], value
            at = value.end
        elif type_ in _FIXED_SIZES:
            at = value_start + _FIXED_SIZES[type_]
        else:
            return
