"""Findings in the parts of earlier texts: a part which returns is not searched again.

With each call an agent sends its whole conversation, and adds a little. So a text is cut into
parts, between two objects of an array: ``}, {"name":``. Nothing that is searched for crosses such a
border, which in JSON lies outside of all strings: no built-in rule matches across a quote. Parts
that are new are searched together, and each part's share of what is found is kept under a digest of
its bytes. So a part may return anywhere: a conversation may lose its beginning, and tools may
follow its end.

What is searched for may increase, as known values do. Therefore the *version* of a part tells what
it was searched for, and later only what was added since then is searched for.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any, Generic, NamedTuple, Protocol, Self, TypeVar
from zlib import crc32

from runreel.core.regex.lazy_pattern import compile_later

_BORDER = compile_later(rb'\}[ \t\r\n]*+,[ \t\r\n]*+(\{)[ \t\r\n]*+"\w{1,64}+"[ \t\r\n]*+:')
"""The border of two objects, the second of which begins with the group."""
_AT_BORDER = re.compile(rb"[, \t\r\n]\{")
"""The two bytes on both sides of a border."""

_LONGEST_TEXT = 1 << 20
"""Bytes. A longer text is searched whole: digests of its parts would cost as much as they save."""
_MIN_PART = 1 << 11
"""Bytes of a part at least, except for the last one."""
_SKIPPED = 4
"""After that, a text is cut at the next border, but one of so many is passed over."""
_SAMPLE = 32
"""Bytes on each side of a border that decide whether it is that one, wherever the text begins. So
two texts with the same objects are soon cut at the same borders, however they begin."""

_LOOK_BEHIND = 64
"""Bytes before a part that may decide what is found in it, such as a label."""

_LONGEST_PART = 1 << 16
"""Bytes. A longer part is not remembered: most are pictures, or the joined pieces of a stream."""

_MAX_CUT = 2
"""Texts whose parts are remembered, since one text is searched several times in a row."""

_MAX_PARTS = 4096
"""Parts that are remembered at least; twice as many at most."""


class Located(Protocol):
    """Something found in a text: a named tuple that begins with two offsets."""

    @property
    def start(self) -> int:
        """The offset where it begins."""
        ...

    @property
    def end(self) -> int:
        """The offset where it ends."""
        ...

    def _replace(self, *, start: int = ..., end: int = ...) -> Self: ...


T = TypeVar("T", bound=Located)


class _Part(NamedTuple, Generic[T]):
    """A part that was searched, and what was found in it, by offsets in the part."""

    version: int
    items: Sequence[T]


_NOT_SEARCHED: _Part[Any] = _Part(0, ())


class SearchedParts(Generic[T]):
    """Searches texts, but no part of them twice. Several threads may do so at once."""

    def __init__(self, look_behind: int = _LOOK_BEHIND) -> None:
        """``look_behind``: bytes before a part that the search gets as well."""
        self._look_behind = look_behind
        self._recent: dict[bytes, _Part[T]] = {}
        self._older: dict[bytes, _Part[T]] = {}

    def find(
        self, data: bytes, search: Callable[[bytes, int], Iterable[T]], version: int = 1
    ) -> list[T]:
        """Return all that a search finds in the data, part by part.

        ``version`` is the present one. ``search`` gets bytes and the version that they were
        searched for before, 0 if never; it may find anew what belongs to that version.
        """
        if len(data) > _LONGEST_TEXT:
            items = dict.fromkeys(search(data, 0)) if version else ()
            return sorted(items, key=lambda item: item.start)
        starts, keys = _cut(data)
        ends = [*starts[1:], len(data)]
        parts = [self._recall(key) for key in keys]
        for known, indexes in groupby(range(len(parts)), lambda index: parts[index].version):
            run = list(indexes)
            if known < version:
                first = max(starts[run[0]] - self._look_behind, 0)
                new = search(data[first : ends[run[-1]]], known)
                shares = _divide((_shift(item, first) for item in new), starts)
                for index in run:
                    items = dict.fromkeys((*parts[index].items, *shares.get(index, ())))
                    parts[index] = _Part(version, tuple(items))
                    self._remember(keys[index], parts[index])
        pairs = zip(starts, parts, strict=True)
        return [_shift(item, start) for start, part in pairs for item in part.items]

    def _recall(self, key: bytes) -> _Part[T]:
        """Return what is remembered of a part."""
        part = self._recent.get(key)
        if part is None:
            part = self._older.get(key)
            if part is not None:
                self._remember(key, part)
        return part or _NOT_SEARCHED

    def _remember(self, key: bytes, part: _Part[T]) -> None:
        if len(self._recent) >= _MAX_PARTS:
            self._older, self._recent = self._recent, {}
        if key:
            self._recent[key] = part


def may_cross_border(data: bytes) -> bool:
    """Return whether these bytes might be found across the border of two parts."""
    return _AT_BORDER.search(data) is not None


def _divide(items: Iterable[T], starts: Sequence[int]) -> dict[int, list[T]]:
    """Return the items that begin in each part, in their order, with offsets in the part."""
    shares: dict[int, list[T]] = {}
    for item in sorted(items, key=lambda item: item.start):
        index = bisect_right(starts, item.start) - 1
        shares.setdefault(index, []).append(_shift(item, -starts[index]))
    return shares


def _shift(item: T, distance: int) -> T:
    return item._replace(start=item.start + distance, end=item.end + distance)


def _compute_key(data: bytes, start: int, end: int) -> bytes:
    """Return a digest of a part and of the bytes before it that may matter; empty if it is long."""
    if end - start > _LONGEST_PART:
        return b""
    return hashlib.sha256(data[max(start - _LOOK_BEHIND, 0) : end]).digest()


@lru_cache(_MAX_CUT)
def _cut(data: bytes) -> tuple[Sequence[int], Sequence[bytes]]:
    """Return the offset at which each part of the data begins, and its key."""
    starts = list(_iter_part_starts(data))
    parts = zip(starts, [*starts[1:], len(data)], strict=True)
    return starts, [_compute_key(data, *part) for part in parts]


def _iter_part_starts(data: bytes) -> Iterator[int]:
    """Yield the offsets at which parts begin."""
    yield 0
    at = _MIN_PART
    while (match := _BORDER.search(data, at)) is not None:
        border, at = match.span(1)
        if crc32(data[border - _SAMPLE : border + _SAMPLE]) % _SKIPPED:
            yield border
            at = border + _MIN_PART
