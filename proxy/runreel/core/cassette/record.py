"""Records: kind, checksum, head and body, in fixed widths so that readers can skip by arithmetic.

The checksum covers the kind, both lengths and the head; the head holds the checksum of the body. So
opening a cassette verifies everything it reads, and a body is verified when it is read.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from zlib import crc32

from msgspec import Struct

from runreel.errors import StoreError

MAX_PART = 256 * 1024 * 1024
"""Maximum length of a head, a stored body and a decompressed body, in bytes."""

PREFIX = struct.Struct(">BBBBIBI")
"""Type byte of an array of 4; uint8 and kind; uint32 and checksum; bin32 and length of the head."""
BODY_PREFIX = struct.Struct(">BI")
"""Type byte of a bin32, and length of the body."""

_ARRAY_OF_4, _UINT8, _UINT32, _BIN32 = 0x94, 0xCC, 0xCE, 0xC6
_CHECKSUM_FIELDS = struct.Struct(">BII")


class RecordKind(IntEnum):
    """The type of a record."""

    EXCHANGE = 1
    RETRACTION = 2


class Record(Struct, frozen=True):
    """A complete record of a file, with its verified head and without its body."""

    offset: int
    kind: int
    head: bytes
    body_size: int

    @property
    def body_offset(self) -> int:
        """Offset of the body in the file."""
        return self.offset + PREFIX.size + len(self.head) + BODY_PREFIX.size

    @property
    def end(self) -> int:
        """Offset of the next record in the file."""
        return self.body_offset + self.body_size


def encode_record(kind: RecordKind, head: bytes, body: bytes) -> bytes:
    """Encode one record. Raise ``StoreError`` if a part is larger than readers accept."""
    largest = max(len(head), len(body))
    if largest > MAX_PART:
        raise StoreError(f"{largest} bytes do not fit in a cassette's record (at most {MAX_PART})")
    checksum = compute_checksum(kind, head, len(body))
    prefix = PREFIX.pack(_ARRAY_OF_4, _UINT8, kind, _UINT32, checksum, _BIN32, len(head))
    return b"".join((prefix, head, BODY_PREFIX.pack(_BIN32, len(body)), body))


def compute_checksum(kind: int, head: bytes, body_size: int) -> int:
    """Return the CRC-32 (as in zlib) of the kind, the lengths of head and body, and the head."""
    return crc32(head, crc32(_CHECKSUM_FIELDS.pack(kind, len(head), body_size)))


class RecordPrefix(Struct, frozen=True):
    """The part of a record before its head."""

    has_type_bytes: bool
    """True if the msgpack type bytes are those of a record."""
    kind: int
    checksum: int
    head_size: int


def parse_prefix(data: bytes) -> RecordPrefix:
    """Parse the ``PREFIX.size`` bytes before a head."""
    array, uint8, kind, uint32, checksum, bin32, head_size = PREFIX.unpack(data)
    has_type_bytes = (array, uint8, uint32, bin32) == (_ARRAY_OF_4, _UINT8, _UINT32, _BIN32)
    return RecordPrefix(has_type_bytes, kind, checksum, head_size)


def parse_body_prefix(data: bytes) -> tuple[bool, int]:
    """Parse the ``BODY_PREFIX.size`` bytes before a body.

    Return whether the msgpack type byte is right, and the length of the body.
    """
    bin32, size = BODY_PREFIX.unpack(data)
    return bin32 == _BIN32, size
