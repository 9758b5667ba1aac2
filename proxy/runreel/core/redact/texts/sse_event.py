"""One event of a stream: its name, and where what it says stands."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

PREFIX = re.compile(rb"([0-9a-z]{1,2}):(?=[{\[\"])")
"""What says the kind of a line of JSON in the data stream protocol of the AI SDK."""

FIRST_OF_JSON = re.compile(rb'(?:\xef\xbb\xbf)?\s*+(?:[{\[]|"(?=(?:[^"\\\r\n]++|\\.)*+"?\s*+\Z))')
"""The beginning of a JSON text; a string is one only if nothing follows it."""
_FIRST_OF_LINE = re.compile(rb"(?:\xef\xbb\xbf)?\s*+[{\[]")
"""Of a line without a prefix: one that begins with a quote may be prose as well."""

_FIELD = re.compile(rb"(?:\xef\xbb\xbf)?(data|event): ?([^\r\n]*+)")

_Span: TypeAlias = tuple[int, int]


def said_by(raw: bytes) -> tuple[bytes, list[_Span]]:
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
    prefix = PREFIX.match(raw)
    if prefix is not None:
        return prefix[1], [(prefix.end(), len(raw))]
    return b"", [(0, len(raw))] if _FIRST_OF_LINE.match(raw) else []


def is_json(raw: bytes, said: Sequence[_Span]) -> bool:
    """Whether these regions of the event, one line each, are a JSON text."""
    return _is_read(raw, said, dict)


def is_json_of_one_place(raw: bytes, said: Sequence[_Span], place: str) -> bool:
    """Whether they are one in which no two strings have the same path: no object names a member
    twice, and at the most one has a member that says its ``place``."""
    places = 0

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal places
        named = dict(pairs)
        places += place in named
        if len(named) < len(pairs) or places > 1:
            raise ValueError(place)
        return named

    return _is_read(raw, said, members)


def _is_read(
    raw: bytes, said: Sequence[_Span], members: Callable[[list[tuple[str, object]]], object]
) -> bool:
    try:
        json.loads(b"\n".join(raw[start:end] for start, end in said), object_pairs_hook=members)
    except (ValueError, RecursionError):
        return False
    return True
