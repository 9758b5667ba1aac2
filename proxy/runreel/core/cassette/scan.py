"""Search for the records of a file; tells a torn tail from damage.

A record that is cut off by the end of the file was never acknowledged: it is *torn* and may be
removed. A flipped bit in a length looks the same. Therefore bytes count as torn only if no complete
record follows them; otherwise they are damaged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

from runreel.core.cassette.record import (
    BODY_PREFIX,
    MAX_PART,
    PREFIX,
    Record,
    compute_checksum,
    parse_body_prefix,
    parse_prefix,
)
from runreel.core.regex.lazy_pattern import compile_later

ReadAt: TypeAlias = Callable[[int, int], bytes]
"""``read(offset, length)`` returns exactly ``length`` bytes, all of them within the file."""

_WINDOW = 4 * 1024
"""Bytes that are read at once: most heads with a short request; more would be copied in vain."""
_BLOCK = 1024 * 1024
_TYPE_BYTES = compile_later(rb"\x94\xcc.\xce....\xc6", re.DOTALL)
_TYPE_BYTES_LENGTH = 9
_CANDIDATE_COST = 1024  # effort of examining one candidate, in bytes
_RECORD_START = bytes((0x94, 0xCC, 0, 0xCE, 0, 0, 0, 0, 0xC6))
_TYPE_BYTE_OFFSETS = (0, 1, 3, 8)


class TornTail(NamedTuple):
    """An incomplete record at the end of a file, left by a writer that was interrupted."""

    offset: int
    length: int


class Damage(NamedTuple):
    """Bytes where a record should be, which are not one."""

    offset: int
    length: int
    reason: str


class _Flaw(NamedTuple):
    """The reason why there is no valid record at an offset."""

    reason: str
    end: int | None = None
    """Offset at which the record would end if its lengths were right."""
    is_cut_off: bool = False
    """True if the record would extend past the end of the file."""


_CUT_OFF = _Flaw("its lengths extend past the end of the file", is_cut_off=True)
_NO_RECORD = _Flaw("no record begins here")


def scan_records(read: ReadAt, start: int, end: int) -> Iterator[Record | Damage | TornTail]:
    """Yield everything between two offsets, without gaps or overlaps. Bodies are not read."""
    window = _FileWindow(read, end)
    offset = start
    while offset < end:
        result = _examine(window, offset)
        if isinstance(result, Record):
            yield result
            offset = result.end
        else:
            gap = _classify_gap(window, offset, result)
            yield gap
            offset += gap.length


class _FileWindow:
    """Buffered access to a file: many small records cost one read, and a large body none.

    ``effort`` bounds the work on hostile files: the number of bytes that may yet be examined
    without finding a record.
    """

    def __init__(self, read: ReadAt, end: int) -> None:
        self.end = end
        self.effort = 16 * _BLOCK + 4 * end
        self._read = read
        self._window = b""
        self._window_at = 0

    def read(self, offset: int, length: int) -> bytes:
        """Return ``length`` bytes at ``offset``, all of them before ``end``."""
        begin = offset - self._window_at
        if begin < 0 or begin + length > len(self._window):
            self._window = self._read(offset, min(max(length, _WINDOW), self.end - offset))
            self._window_at, begin = offset, 0
        return self._window[begin : begin + length]

    def iter_blocks(self, offset: int, overlap: int) -> Iterator[tuple[int, bytes]]:
        """Yield the file from ``offset`` to ``end`` in large blocks, as pairs of offset and bytes.

        Each block also has the first ``overlap`` bytes of the next one.
        """
        for block_at in range(offset, self.end, _BLOCK):
            yield block_at, self._read(block_at, min(_BLOCK + overlap, self.end - block_at))


def _examine(window: _FileWindow, offset: int) -> Record | _Flaw:
    """Return the record at this offset, or the reason why there is none."""
    room = window.end - offset
    if room < PREFIX.size:
        return _CUT_OFF if _looks_like_record(window.read(offset, room)) else _NO_RECORD
    prefix = parse_prefix(window.read(offset, PREFIX.size))
    body_prefix_at = offset + PREFIX.size + prefix.head_size
    if body_prefix_at + BODY_PREFIX.size > window.end:
        return _CUT_OFF if prefix.has_type_bytes and prefix.head_size <= MAX_PART else _NO_RECORD
    has_type_byte, body_size = parse_body_prefix(window.read(body_prefix_at, BODY_PREFIX.size))
    end = body_prefix_at + BODY_PREFIX.size + body_size
    if not (has_type_byte and prefix.has_type_bytes):
        return _NO_RECORD._replace(end=end)
    if max(prefix.head_size, body_size) > MAX_PART:
        return _Flaw(f"its lengths exceed the limit of {MAX_PART} bytes", end)
    head = window.read(offset + PREFIX.size, prefix.head_size)
    if compute_checksum(prefix.kind, head, body_size) != prefix.checksum:
        window.effort -= len(head)
        return _Flaw("its checksum does not match", end)
    return _CUT_OFF if end > window.end else Record(offset, prefix.kind, head, body_size)


def _looks_like_record(data: bytes) -> bool:
    return all(data[at] == _RECORD_START[at] for at in _TYPE_BYTE_OFFSETS if at < len(data))


def _classify_gap(window: _FileWindow, offset: int, flaw: _Flaw) -> Damage | TornTail:
    if flaw.end is not None and _may_begin_at(window, flaw.end):
        return Damage(offset, flaw.end - offset, flaw.reason)
    if _is_all_zeros(window, offset):
        return TornTail(offset, window.end - offset)
    following = _find_next_record(window, offset + 1)
    if following is None and flaw.is_cut_off and window.effort > 0:
        return TornTail(offset, window.end - offset)
    return Damage(offset, (following or window.end) - offset, flaw.reason)


def _may_begin_at(window: _FileWindow, offset: int) -> bool:
    room = min(window.end - offset, _TYPE_BYTES_LENGTH)
    return room >= 0 and _looks_like_record(window.read(offset, room))


def _is_all_zeros(window: _FileWindow, offset: int) -> bool:
    return not any(block.strip(b"\0") for _, block in window.iter_blocks(offset, overlap=0))


def _find_next_record(window: _FileWindow, start: int) -> int | None:
    for offset in _iter_candidates(window, start):
        window.effort -= _CANDIDATE_COST
        if window.effort <= 0:
            return None
        if isinstance(_examine(window, offset), Record):
            return offset
    return None


def _iter_candidates(window: _FileWindow, start: int) -> Iterator[int]:
    for block_at, block in window.iter_blocks(start, overlap=_TYPE_BYTES_LENGTH - 1):
        match = _TYPE_BYTES.search(block)
        while match:
            yield block_at + match.start()
            match = _TYPE_BYTES.search(block, match.start() + 1)
