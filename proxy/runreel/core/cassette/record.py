"""The record: kind, checksum, head, body; of fixed widths, so that a reader skips by arithmetic.

The checksum covers the kind, both lengths and the head; the head holds the body's own. So opening a
cassette verifies all that it reads, and a body is verified when it is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from struct import Struct
from typing import NamedTuple
from zlib import crc32

from runreel.errors import StoreError

MAX_PART = 256 * 1024 * 1024
"""Bytes that a head takes at most, and a body, stored or unpacked."""

PREFIX = Struct(">BBBBIBI")
"""Array of 4; uint8, kind; uint32, checksum; bin32, length of the head."""
BODY_PREFIX = Struct(">BI")
"""bin32, length of the body."""

_ARRAY_OF_4, _UINT8, _UINT32, _BIN32 = 0x94, 0xCC, 0xCE, 0xC6
_CHECKSUM_FIELDS = Struct(">BII")


class RecordKind(IntEnum):
    """What a record says."""

    EXCHANGE = 1
    RETRACTION = 2


@dataclass(frozen=True, slots=True)
class Record:
    """One whole record in a file: its verified head, and where its body lies."""

    offset: int
    kind: int
    head: bytes
    body_size: int

    @property
    def body_offset(self) -> int:
        """Where in the file the body begins."""
        return self.offset + PREFIX.size + len(self.head) + BODY_PREFIX.size

    @property
    def end(self) -> int:
        """Where in the file the next record begins."""
        return self.body_offset + self.body_size


def encode_record(kind: RecordKind, head: bytes, body: bytes) -> bytes:
    """One record. Raises ``StoreError`` where a part is larger than a reader accepts."""
    largest = max(len(head), len(body))
    if largest > MAX_PART:
        raise StoreError(f"{largest} bytes are more than a cassette's record holds ({MAX_PART})")
    checksum = compute_checksum(kind, head, len(body))
    prefix = PREFIX.pack(_ARRAY_OF_4, _UINT8, kind, _UINT32, checksum, _BIN32, len(head))
    return b"".join((prefix, head, BODY_PREFIX.pack(_BIN32, len(body)), body))


def compute_checksum(kind: int, head: bytes, body_size: int) -> int:
    """CRC-32 (as in zlib) over kind, length of the head, length of the body, and the head."""
    return crc32(head, crc32(_CHECKSUM_FIELDS.pack(kind, len(head), body_size)))


class RecordPrefix(NamedTuple):
    """What stands before a head; ``marked`` tells whether the msgpack type bytes are a record's."""

    has_type_bytes: bool
    kind: int
    checksum: int
    head_size: int


def parse_prefix(data: bytes) -> RecordPrefix:
    """The ``PREFIX.size`` bytes before a head."""
    array, uint8, kind, uint32, checksum, bin32, head_size = PREFIX.unpack(data)
    marked = (array, uint8, uint32, bin32) == (_ARRAY_OF_4, _UINT8, _UINT32, _BIN32)
    return RecordPrefix(marked, kind, checksum, head_size)


def parse_body_prefix(data: bytes) -> tuple[bool, int]:
    """The ``BODY_PREFIX.size`` bytes before a body: whether its type is right, and its length."""
    bin32, size = BODY_PREFIX.unpack(data)
    return bin32 == _BIN32, size
