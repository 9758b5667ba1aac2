"""The texts in a body, joined by rules as simple as possible.

A body is a sequence of records: events, lines, or the whole body. Each string in a record's JSON
has a path. Strings with the same path, in records of the same name and index, are pieces of one
text.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

_BLANK = re.compile(rb"((?:\r\n|\n|\r)(?:\r\n|\n|\r))")
_IS_STREAM = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:data|event|id|retry)?:")
_PREFIXED = re.compile(r"\A\w:(?=[\"{\[])")
_PLACES = ("type", "index", "output_index", "content_index", "summary_index", "item_id", "id")

_LONGEST_NAME = 10
"""Length from which on a member's name is not a name of an API and counts as a string."""

NOT_JSON = object()


class Record(NamedTuple):
    """One event, one line, or a whole body."""

    fields: tuple[tuple[str, str], ...]
    """Name and value of all lines of an event except its data; empty if it is not an event."""
    text: str
    data: Any
    """Parsed JSON, or ``NOT_JSON``."""
    raw: bytes


class Piece(NamedTuple):
    """A string in a record, and its offset in the channel's text."""

    record: int
    start: int
    text: str


Channels = Mapping[tuple[object, ...], list[Piece]]


def split_records(body: bytes) -> list[Record]:
    """Return the records of a body, in order."""
    if _IS_STREAM.match(body):
        return [_parse_event(raw) for raw in _split_events(body)]
    whole = parse_json(_decode(body))
    if whole is NOT_JSON:
        lines = [_parse_line(raw) for raw in body.split(b"\n")]
        if all(line.data is not NOT_JSON for line in lines if line.raw):
            return lines
    return [Record((), _decode(body), whole, body)]


def parse_json(text: str) -> Any:
    """Parse the text as JSON; return ``NOT_JSON`` if that fails."""
    try:
        return json.loads(text)
    except ValueError:
        return NOT_JSON


def collect_channels(body: bytes) -> Channels:
    """Map each channel to its pieces; a single string is a channel of one piece."""
    by_path: dict[tuple[object, ...], list[Piece]] = defaultdict(list)
    for place, record in enumerate(split_records(body)):
        for path, text in _iter_record_strings(record):
            pieces = by_path[path]
            start = pieces[-1].start + len(pieces[-1].text) if pieces else 0
            pieces.append(Piece(place, start, text))
    return by_path


def join_pieces(pieces: Sequence[Piece]) -> str:
    """Return the text of a channel."""
    return "".join(piece.text for piece in pieces)


def _split_events(body: bytes) -> Iterator[bytes]:
    *parts, rest = _BLANK.split(body)
    for place in range(0, len(parts), 2):
        yield parts[place] + parts[place + 1]
    if rest:
        yield rest


def _parse_line(raw: bytes) -> Record:
    text = _decode(raw)
    return Record((), text, parse_json(_PREFIXED.sub("", text)), raw)


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _parse_event(raw: bytes) -> Record:
    lines = _decode(raw).removeprefix("\ufeff").splitlines()
    pairs = [(name, value) for name, _, value in (line.partition(":") for line in lines)]
    data = "\n".join(value.removeprefix(" ") for name, value in pairs if name == "data")
    return Record(tuple(pair for pair in pairs if pair[0] != "data"), data, parse_json(data), raw)


def _iter_record_strings(record: Record) -> Iterator[tuple[tuple[object, ...], str]]:
    names = tuple(pair for pair in record.fields if pair[0] == "event")
    if not isinstance(record.data, str | dict | list):
        yield (names, "text"), record.text  # a single digit is a piece of a text
        return
    top = record.data if isinstance(record.data, dict) else {}
    key = tuple(top.get(name) for name in _PLACES)
    for path, text in iter_strings(record.data):
        yield (names, *map(str, key), *path), text


def iter_strings(value: Any) -> Iterator[tuple[tuple[object, ...], str]]:
    """Yield path and text of every string in parsed JSON.

    The path contains an element's ``index`` if it has one, else its position. A list of bytes, as
    in log-probabilities, counts as a string.
    """
    if isinstance(value, str):
        yield (), value
    elif isinstance(value, dict):
        for place, (name, inner) in enumerate(value.items()):
            if len(name) > _LONGEST_NAME:
                yield (place, "name"), name
            yield from (((name, *path), text) for path, text in iter_strings(inner))
    elif isinstance(value, list) and value and all(map(_is_byte, value)):
        yield ("bytes",), bytes(value).decode("latin-1")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            index = inner.get("index", place) if isinstance(inner, dict) else place
            yield from (((index, *path), text) for path, text in iter_strings(inner))


def _is_byte(value: object) -> bool:
    return type(value) is int and 0 <= value <= 0xFF
