"""The frames of an answer in columns, since version 2: two rows of integers of one width each."""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Sequence
from itertools import accumulate
from operator import sub
from typing import Any

from runreel.core.cassette.fields import FieldError
from runreel.core.cassette.packing import MAX_FRAMES
from runreel.model import Frame, FrameTable

_CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}
"""Codes of ``struct`` and ``array`` by the width of an integer in bytes."""


def encode_frames(frames: Sequence[Frame]) -> tuple[int, bytes, bytes, bool | bytes] | None:
    """Return the count of frames, the columns of their times and lengths, and the ends of chunks.

    Return None if the times decrease: version 1 has a form for these.
    """
    times, lengths, ends = zip(*frames, strict=True)
    steps = [*map(sub, times, (0, *times))]
    if min(steps) < 0:
        return None
    return len(frames), _pack(steps), _pack(lengths), _pack_ends(ends)


def decode_frames(columns: tuple[Any, ...]) -> FrameTable:
    """Return the frames in these columns. Raise ``FieldError`` if they are not valid."""
    if tuple(map(type, columns[:3])) != (int, bytes, bytes) or len(columns) != 4:
        raise FieldError("columns", "is not a count, two columns and the ends of chunks")
    count, steps, lengths, ends = columns
    if not 0 < count <= MAX_FRAMES:
        raise FieldError("columns", f"has a count that is not within 1..{MAX_FRAMES}")
    return FrameTable(
        _add_up(_unpack(steps, count)), _unpack(lengths, count), _unpack_ends(ends, count)
    )


def _pack(numbers: Sequence[int]) -> bytes:
    highest = max(numbers)
    width = next(width for width in _CODES if highest < 1 << 8 * width)
    return struct.pack(f">{len(numbers)}{_CODES[width]}", *numbers)


def _add_up(steps: Sequence[int]) -> Sequence[int]:
    try:
        return array("q", accumulate(steps))
    except OverflowError:
        raise FieldError("frames", "has a time or length out of range") from None


def _unpack(column: bytes, count: int) -> Sequence[int]:
    width, rest = divmod(len(column), count)
    if rest or width not in _CODES:
        raise FieldError("columns", "has a column with integers of an invalid width")
    numbers = array(_CODES[width], column)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def _pack_ends(ends: Sequence[bool]) -> bool | bytes:
    return ends[0] if len(set(ends)) == 1 else bytes(ends)


def _unpack_ends(ends: object, count: int) -> bytes:
    if isinstance(ends, bool):
        return bytes((ends,)) * count
    if not isinstance(ends, bytes) or len(ends) != count or ends.strip(b"\0\1"):
        raise FieldError("columns", "has ends of chunks that are neither a bool nor zeros and ones")
    return ends
