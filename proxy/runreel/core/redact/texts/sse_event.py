"""One event of a stream: its name, and the ranges of its data.

An event is one of Server-Sent Events (WHATWG HTML, section 9.2), a JSON value, a line of JSON or a
binary message (``message_stream``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TypeAlias

from runreel.core.http.binary.message_stream import find_message_layout, get_message_name
from runreel.core.http.stream_reader import LINE_PREFIX, find_record_data
from runreel.core.regex.lazy_pattern import compile_later

JSON_START = compile_later(rb'(?:\xef\xbb\xbf)?\s*+(?:[{\[]|"(?=(?:[^"\\\r\n]++|\\.)*+"?\s*+\Z))')
"""The beginning of a JSON text; a string counts only if nothing follows it."""

_LINE = compile_later(rb"(?:(?:\xef\xbb\xbf)?(data|event): ?)?([^\r\n]*+)(?:\r\n?|\n|\Z)")

_Range: TypeAlias = tuple[int, int]


def find_event_data(raw: bytes) -> tuple[bytes, list[_Range]]:
    """Return the name of an event and the ranges of its data, one for each ``data`` line.

    For a line of JSON, the name is its prefix, if any, and the rest of the line is the data. A JSON
    value has no name. The name of a binary message is in its headers, the data is its payload.
    """
    layout = find_message_layout(raw) if raw.startswith(b"\0") else None
    if layout is not None:
        end = min(layout.payload_end, len(raw))
        ranges = [(layout.headers_end, end)] if layout.headers_end < end else []
        return get_message_name(raw, layout), ranges
    event, ranges = b"", []
    for line in _LINE.finditer(raw):
        if line[1] == b"event":
            event = line[2]
        elif line[1]:
            ranges.append(line.span(2))
    if ranges or event:
        return event, ranges
    prefix = LINE_PREFIX.match(raw)
    if prefix is not None:
        return prefix[1], [(prefix.end(), len(raw))]
    start, end = find_record_data(raw)
    return b"", [(start, end)] if JSON_START.match(raw, start, end) else []


def is_json(raw: bytes, ranges: Sequence[_Range]) -> bool:
    """Return whether these ranges of the event, joined by line ends, are a JSON text."""
    return _is_parsable(raw, ranges, dict)


def has_unique_paths(raw: bytes, ranges: Sequence[_Range], index_name: str) -> bool:
    """Return whether the ranges are a JSON text in which no two strings can share a path.

    So no object has duplicate keys, and at most one has a member called ``index_name``.
    """
    index_count = 0

    def build_checked(pairs: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal index_count
        members = dict(pairs)
        index_count += index_name in members
        if len(members) < len(pairs) or index_count > 1:
            raise ValueError(index_name)
        return members

    return _is_parsable(raw, ranges, build_checked)


def _is_parsable(
    raw: bytes, ranges: Sequence[_Range], build_object: Callable[[list[tuple[str, object]]], object]
) -> bool:
    try:
        json.loads(
            b"\n".join(raw[start:end] for start, end in ranges), object_pairs_hook=build_object
        )
    except (ValueError, RecursionError):
        return False
    return True
