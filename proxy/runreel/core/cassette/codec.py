"""Compression of answers, bounded both ways: no small file unpacks into a large memory."""

from __future__ import annotations

import zlib
from enum import StrEnum

from runreel.core.cassette.fields import FieldError

MAX_EXPANSION = 200
"""How many times its stored length an answer may be; what shrinks further is stored plain."""


class Codec(StrEnum):
    """How an answer is compressed."""

    NONE = "none"
    ZLIB = "zlib"


def compress(plain: bytes, codec: Codec) -> tuple[Codec, bytes]:
    """The bytes to store, and how they are compressed: not at all where that gains nothing."""
    if codec is Codec.NONE:
        return codec, plain
    packed = zlib.compress(plain, level=1)
    worth_it = len(packed) < len(plain) <= MAX_EXPANSION * len(packed)
    return (codec, packed) if worth_it else (Codec.NONE, plain)


def decompress(packed: bytes, length: int) -> bytes:
    """What zlib made these bytes of. Raises ``FieldError`` unless it is ``length`` bytes long."""
    if length > MAX_EXPANSION * len(packed):
        raise FieldError("body_length", f"is more than {MAX_EXPANSION} times the compressed length")
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(packed, length + 1)
    except zlib.error:
        raise FieldError("", "its compression is damaged") from None
    if not inflater.eof or inflater.unused_data or len(plain) != length:
        raise FieldError("body_length", "is not the unpacked length")
    return plain
