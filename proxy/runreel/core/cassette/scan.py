"""Finding the records of a file, and telling a torn tail from damage.

A record that the file's end cuts off was never acknowledged: it is torn, and may be cut away. But a
flipped bit in a length looks the same, so nothing is called torn while a whole record follows.
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

ReadAt: TypeAlias = Callable[[int, int], bytes]
"""``read(offset, length)`` gives exactly that many bytes; both stay within the file."""

_WINDOW = 8 * 1024
_BLOCK = 1024 * 1024
_TYPE_BYTES = re.compile(rb"\x94\xcc.\xce....\xc6", re.DOTALL)
_TYPE_BYTES_LENGTH = 9
_CANDIDATE_COST = 1024  # what looking at one place costs, in bytes of effort
_RECORD_START = bytes((0x94, 0xCC, 0, 0xCE, 0, 0, 0, 0, 0xC6))
_TYPE_BYTE_OFFSETS = (0, 1, 3, 8)


class TornTail(NamedTuple):
    """The tail of a file whose writer did not get to the end of a record."""

    offset: int
    length: int


class Damage(NamedTuple):
    """Bytes that are no record, although there should be one."""

    offset: int
    length: int
    reason: str


class _Flaw(NamedTuple):
    """Why there is no record; ``end`` is where it would end if its lengths can be believed."""

    reason: str
    end: int | None = None
    is_cut_off: bool = False


_CUT_OFF = _Flaw("its lengths lead behind the end of the file", is_cut_off=True)
_NO_RECORD = _Flaw("no record begins here")


def scan_records(read: ReadAt, start: int, end: int) -> Iterator[Record | Damage | TornTail]:
    """All that lies between the two offsets, without gap or overlap; bodies are not read."""
    view = _FileWindow(read, end)
    offset = start
    while offset < end:
        found = _examine(view, offset)
        if isinstance(found, Record):
            yield found
            offset = found.end
        else:
            gap = _classify_gap(view, offset, found)
            yield gap
            offset += gap.length


class _FileWindow:
    """The file through a window: many small records cost one read, a large body none.

    ``effort`` bounds the work on hostile files: bytes that may still be looked at in vain.
    """

    def __init__(self, read: ReadAt, end: int) -> None:
        self.end = end
        self.effort = 16 * _BLOCK + 4 * end
        self._read = read
        self._window = b""
        self._window_at = 0

    def read(self, offset: int, length: int) -> bytes:
        """These bytes, all of which lie before ``end``."""
        begin = offset - self._window_at
        if begin < 0 or begin + length > len(self._window):
            self._window = self._read(offset, min(max(length, _WINDOW), self.end - offset))
            self._window_at, begin = offset, 0
        return self._window[begin : begin + length]

    def iter_blocks(self, offset: int, overlap: int) -> Iterator[tuple[int, bytes]]:
        """The rest of the file in large pieces, each with the first bytes of the next."""
        for place in range(offset, self.end, _BLOCK):
            yield place, self._read(place, min(_BLOCK + overlap, self.end - place))


def _examine(view: _FileWindow, offset: int) -> Record | _Flaw:
    """The record at this offset, or why there is none."""
    room = view.end - offset
    if room < PREFIX.size:
        return _CUT_OFF if _looks_like_record(view.read(offset, room)) else _NO_RECORD
    prefix = parse_prefix(view.read(offset, PREFIX.size))
    body_prefix_at = offset + PREFIX.size + prefix.head_size
    if body_prefix_at + BODY_PREFIX.size > view.end:
        return _CUT_OFF if prefix.has_type_bytes and prefix.head_size <= MAX_PART else _NO_RECORD
    marked, body_size = parse_body_prefix(view.read(body_prefix_at, BODY_PREFIX.size))
    end = body_prefix_at + BODY_PREFIX.size + body_size
    if not (marked and prefix.has_type_bytes):
        return _NO_RECORD._replace(end=end)
    if max(prefix.head_size, body_size) > MAX_PART:
        return _Flaw(f"it claims more than {MAX_PART} bytes", end)
    head = view.read(offset + PREFIX.size, prefix.head_size)
    if compute_checksum(prefix.kind, head, body_size) != prefix.checksum:
        view.effort -= len(head)
        return _Flaw("its checksum does not match", end)
    return _CUT_OFF if end > view.end else Record(offset, prefix.kind, head, body_size)


def _looks_like_record(data: bytes) -> bool:
    return all(
        data[place] == _RECORD_START[place] for place in _TYPE_BYTE_OFFSETS if place < len(data)
    )


def _classify_gap(view: _FileWindow, offset: int, flaw: _Flaw) -> Damage | TornTail:
    if flaw.end is not None and _may_begin_at(view, flaw.end):
        return Damage(offset, flaw.end - offset, flaw.reason)
    if _is_all_zeros(view, offset):
        return TornTail(offset, view.end - offset)
    following = _find_next_record(view, offset + 1)
    if following is None and flaw.is_cut_off and view.effort > 0:
        return TornTail(offset, view.end - offset)
    return Damage(offset, (following or view.end) - offset, flaw.reason)


def _may_begin_at(view: _FileWindow, offset: int) -> bool:
    room = min(view.end - offset, _TYPE_BYTES_LENGTH)
    return room >= 0 and _looks_like_record(view.read(offset, room))


def _is_all_zeros(view: _FileWindow, offset: int) -> bool:
    return not any(block.strip(b"\0") for _, block in view.iter_blocks(offset, overlap=0))


def _find_next_record(view: _FileWindow, start: int) -> int | None:
    for place in _iter_candidates(view, start):
        view.effort -= _CANDIDATE_COST
        if view.effort <= 0:
            return None
        if isinstance(_examine(view, place), Record):
            return place
    return None


def _iter_candidates(view: _FileWindow, start: int) -> Iterator[int]:
    for block_at, block in view.iter_blocks(start, overlap=_TYPE_BYTES_LENGTH - 1):
        match = _TYPE_BYTES.search(block)
        while match:
            yield block_at + match.start()
            match = _TYPE_BYTES.search(block, match.start() + 1)
