"""Compression of answers, with a bounded ratio: no small file expands into a large memory."""

from __future__ import annotations

import zlib
from enum import StrEnum

from runreel.core.cassette.fields import FieldError

MAX_EXPANSION = 200
"""Largest ratio of plain to stored length; an answer that would exceed it is stored plain."""


class Codec(StrEnum):
    """Compression of a stored answer."""

    NONE = "none"
    ZLIB = "zlib"


def compress(plain: bytes, codec: Codec) -> tuple[Codec, bytes]:
    """Compress an answer. Return the codec used and the bytes to store.

    The answer stays plain if compression does not shrink it, or exceeds ``MAX_EXPANSION``.
    """
    if codec is Codec.NONE:
        return codec, plain
    compressed = zlib.compress(plain, level=1)
    is_worthwhile = len(compressed) < len(plain) <= MAX_EXPANSION * len(compressed)
    return (codec, compressed) if is_worthwhile else (Codec.NONE, plain)


def decompress(compressed: bytes, length: int) -> bytes:
    """Decompress zlib data. Raise ``FieldError`` unless the result is ``length`` bytes long."""
    if length > MAX_EXPANSION * len(compressed):
        raise FieldError("body_length", f"is more than {MAX_EXPANSION} times the compressed length")
    decompressor = zlib.decompressobj()
    try:
        plain = decompressor.decompress(compressed, length + 1)
    except zlib.error:
        raise FieldError("", "the compressed data is damaged") from None
    if not decompressor.eof or decompressor.unused_data or len(plain) != length:
        raise FieldError("body_length", "is not the length after decompression")
    return plain
