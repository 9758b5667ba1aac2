"""The byte ranges of JSON values, given their locations.

Most events have each member once, which a search finds. Otherwise the JSON is read token by token,
with the reader that redaction uses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import islice
from typing import TypeAlias

from runreel.core.redact.texts.json_leaves import iter_leaves
from runreel.core.redact.texts.leaf import Leaf, LeafPath
from runreel.core.redact.texts.views import unescape_json

_MAX_LEAVES = 500_000
"""Most scalars of one document that are looked at; more of them would take seconds."""
_MAX_SEARCHES = 4
"""Most values that are searched by their name: each search may read the whole document."""

_MAX_DISTANCE = 512
"""Bytes from the begin of an object to its first scalar, at most, so that it is found."""

_DECODER = json.JSONDecoder(strict=False)

JsonRange: TypeAlias = tuple[int, int]


class JsonSource:
    """The bytes of one JSON text: a body, or the lines of data of an event."""

    def __init__(
        self,
        data: bytes,
        find_regions: Callable[[bytes], Sequence[JsonRange]] | None = None,
        packed: JsonRange | None = None,
    ) -> None:
        """``find_regions`` returns the parts of the data that the JSON is in; None: it is all.

        ``packed`` is the range of base64 that the JSON is in: that of all its values then.
        """
        self._data = data
        self._find_regions = find_regions
        self.packed = packed

    @cached_property
    def _text(self) -> str:
        """The data with one character for each byte, so that the offsets are the same."""
        return self._data.decode("latin-1")

    def locate(self, values: Mapping[LeafPath, object]) -> Mapping[LeafPath, JsonRange]:
        """Return the ranges of values, given by location; those that are not found are missing."""
        if self.packed is not None:
            return dict.fromkeys(values, self.packed)
        ranges: dict[LeafPath, JsonRange] = {}
        if len(values) <= _MAX_SEARCHES:
            for location, value in values.items():
                extent = self._search(location, value)
                if extent is not None:
                    ranges[location] = extent
        if len(ranges) < len(values):
            ranges.update(self._read(values.keys() - ranges.keys()))
        return ranges

    def _search(self, location: LeafPath, value: object) -> JsonRange | None:
        """Return the range of a string, if it is the only value of a member of its name."""
        name = location[-1] if location else None
        if not isinstance(name, str) or not isinstance(value, str):
            return None
        pattern = _compile_string_member(name)
        match = pattern.search(self._data)
        if match is None or pattern.search(self._data, match.end()) is not None:
            return None
        is_same = unescape_json(match[1]) == value.encode("utf-8", "surrogatepass")
        return match.span(1) if is_same else None

    def _read(self, locations: Collection[LeafPath]) -> Mapping[LeafPath, JsonRange]:
        """Return the ranges of the values at these locations, read token by token."""
        find_regions = self._find_regions
        regions = [(0, len(self._data))] if find_regions is None else find_regions(self._data)
        depths = sorted({len(location) for location in locations})
        ranges: dict[LeafPath, JsonRange] = {}
        for leaf in islice(iter_leaves(self._data, regions), _MAX_LEAVES):
            for depth in depths:
                location = leaf.path[:depth]
                if location in locations and depth <= len(leaf.path):
                    ranges[location] = self._extend(ranges.get(location), leaf, depth)
        return ranges

    def _extend(self, extent: JsonRange | None, leaf: Leaf, depth: int) -> JsonRange:
        """Return the range of the value at this depth of the leaf's path, with the leaf in it."""
        if depth == len(leaf.path):
            return leaf.start, leaf.end
        if extent is not None:
            return extent[0], max(extent[1], leaf.end)
        return self._find_container(leaf, depth) or (leaf.start, leaf.end)

    def _find_container(self, leaf: Leaf, depth: int) -> JsonRange | None:
        """Return the range of the object or array around the leaf, at this depth of its path."""
        name = leaf.path[depth - 1]
        if not isinstance(name, str):
            return None
        inner_count = leaf.path[depth:-1].count(name)
        start = max(0, leaf.start - _MAX_DISTANCE)
        matches = [*_compile_member(name).finditer(self._data, start, leaf.start)]
        ranges = (self._measure_value(match.end()) for match in reversed(matches))
        around = [extent for extent in ranges if extent is not None and leaf.start < extent[1]]
        return around[inner_count] if inner_count < len(around) else None

    def _measure_value(self, start: int) -> JsonRange | None:
        try:
            return start, _DECODER.raw_decode(self._text, start)[1]
        except (ValueError, RecursionError):
            return None


@lru_cache(1024)
def _compile_member(name: str) -> re.Pattern[bytes]:
    quoted = re.escape(name.encode("utf-8", "surrogatepass"))
    return re.compile(rb'(?<!\\)"%b"[ \t\r\n]*+:[ \t\r\n]*+(?=[{\[])' % quoted)


@lru_cache(1024)
def _compile_string_member(name: str) -> re.Pattern[bytes]:
    quoted = re.escape(name.encode("utf-8", "surrogatepass"))
    return re.compile(rb'(?<!\\)"%b"[ \t\r\n]*+:[ \t\r\n]*+"((?:[^"\\]++|\\.)*+)"' % quoted)
