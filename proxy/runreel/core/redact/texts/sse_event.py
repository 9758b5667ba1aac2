"""One event of a stream: its name, and where what it says stands."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

LINE_PREFIX = re.compile(rb"([0-9a-z]{1,2}):(?=[{\[\"])")
"""What says the kind of a line of JSON in the data stream protocol of the AI SDK."""

JSON_START = re.compile(rb'(?:\xef\xbb\xbf)?\s*+(?:[{\[]|"(?=(?:[^"\\\r\n]++|\\.)*+"?\s*+\Z))')
"""The beginning of a JSON text; a string is one only if nothing follows it."""
_JSON_LINE_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*+[{\[]")
"""Of a line without a prefix: one that begins with a quote may be prose as well."""

_FIELD = re.compile(rb"(?:\xef\xbb\xbf)?(data|event): ?([^\r\n]*+)")

_Range: TypeAlias = tuple[int, int]


def find_event_data(raw: bytes) -> tuple[bytes, list[_Range]]:
    """An event's name, and where what it says stands; of a line of JSON, all but its prefix."""
    event, said, at = b"", [], 0
    for line in raw.splitlines(keepends=True):
        field = _FIELD.match(line)
        if field is not None and field[1] == b"event":
            event = field[2]
        elif field is not None:
            said.append((at + field.start(2), at + field.end(2)))
        at += len(line)
    if said or event:
        return event, said
    prefix = LINE_PREFIX.match(raw)
    if prefix is not None:
        return prefix[1], [(prefix.end(), len(raw))]
    return b"", [(0, len(raw))] if _JSON_LINE_START.match(raw) else []


def is_json(raw: bytes, ranges: Sequence[_Range]) -> bool:
    """Whether these regions of the event, one line each, are a JSON text."""
    return _is_parsable(raw, ranges, dict)


def has_unique_paths(raw: bytes, ranges: Sequence[_Range], index_name: str) -> bool:
    """Whether they are one in which no two strings have the same path: no object names a member
    twice, and at the most one has a member that says its ``place``."""
    places = 0

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal places
        named = dict(pairs)
        places += index_name in named
        if len(named) < len(pairs) or places > 1:
            raise ValueError(index_name)
        return named

    return _is_parsable(raw, ranges, members)


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
