"""The frames of an answer in columns, since version 2: two rows of integers of one width each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise, repeat
from struct import Struct
from typing import Any

from runreel.core.cassette.fields import FieldError
from runreel.core.cassette.packing import MAX_FRAMES
from runreel.model import Frame

_CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}
"""Codes of ``struct`` by the width of an integer in bytes."""


def encode_frames(frames: Sequence[Frame]) -> tuple[int, bytes, bytes, bool | bytes] | None:
    """Return the count of frames, the columns of their times and lengths, and the ends of chunks.

    Return None if the times decrease: version 1 has a form for these.
    """
    times, lengths, ends = zip(*frames, strict=True)
    steps = [later - earlier for earlier, later in pairwise((0, *times))]
    if min(steps) < 0:
        return None
    return len(frames), _pack(steps), _pack(lengths), _pack_ends(ends)


def decode_frames(columns: tuple[Any, ...]) -> tuple[Frame, ...]:
    """Return the frames in these columns. Raise ``FieldError`` if they are not valid."""
    if tuple(map(type, columns[:3])) != (int, bytes, bytes) or len(columns) != 4:
        raise FieldError("columns", "is not a count, two columns and the ends of chunks")
    count, steps, lengths, ends = columns
    if not 0 < count <= MAX_FRAMES:
        raise FieldError("columns", f"has a count that is not within 1..{MAX_FRAMES}")
    times = accumulate(_unpack(steps, count))
    rows = zip(times, _unpack(lengths, count), _unpack_ends(ends, count), strict=False)
    return tuple(map(Frame._make, rows))


def _pack(numbers: Sequence[int]) -> bytes:
    highest = max(numbers)
    width = next(width for width in _CODES if highest < 1 << 8 * width)
    return _build_struct(width, len(numbers)).pack(*numbers)


def _unpack(column: bytes, count: int) -> Sequence[int]:
    width, rest = divmod(len(column), count)
    if rest or width not in _CODES:
        raise FieldError("columns", "has a column with integers of an invalid width")
    return _build_struct(width, count).unpack(column)


def _build_struct(width: int, count: int) -> Struct:
    return Struct(f">{count}{_CODES[width]}")


def _pack_ends(ends: Sequence[bool]) -> bool | bytes:
    return ends[0] if len(set(ends)) == 1 else bytes(ends)


def _unpack_ends(ends: object, count: int) -> Iterable[bool]:
    if isinstance(ends, bool):
        return repeat(ends, count)
    if not isinstance(ends, bytes) or len(ends) != count or ends.strip(b"\0\1"):
        raise FieldError("columns", "has ends of chunks that are neither a bool nor zeros and ones")
    return map(bool, ends)
