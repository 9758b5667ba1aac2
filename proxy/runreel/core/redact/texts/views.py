"""A text as its readers see it: with JSON escapes, percent-encoding or HTML entities undone.

``\\u0073k-`` hides a key from a search in raw bytes and from nobody else. A view is the decoded
text with the way back to the raw bytes, so that what is found in it can be replaced where it
stands (RFC 8259 section 7, RFC 3986 section 2.1, and HTML's character references).
"""

from __future__ import annotations

import html
import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator
from functools import cached_property, lru_cache
from typing import NamedTuple

_JSON_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a surrogate pair
    rb'|u[0-9a-fA-F]{4}|["\\/bfnrt])'
)
_PERCENT = re.compile(rb"%[0-9a-fA-F]{2}")
_ENTITY = re.compile(rb"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos);")
_SHORT_ESCAPES = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}

_MAX_ESCAPE = 12
_CHECKPOINT_EVERY = 8
_CHECKPOINT_WITHIN = 256
"""Escapes and bytes from one mark to the next one."""

_CHUNK = 1 << 15
"""Bytes whose escapes are undone in one call: a longer one would hold other threads up."""

MAX_JSON_LEVELS = 3
"""JSON in a string of JSON is common (a tool's arguments, a log of them); more levels are not."""


class Escapes(NamedTuple):
    """One way of spelling characters otherwise."""

    prefix: bytes
    """A byte that every escape begins with."""
    pattern: re.Pattern[bytes]
    decode: Callable[[bytes], bytes]


@lru_cache(1024)
def _decode_json_escape(token: bytes) -> bytes:
    if token[1:2] != b"u":
        return _SHORT_ESCAPES.get(token[1:2], token[1:2])
    units = bytes.fromhex(token.replace(b"\\u", b"").decode())
    return units.decode("utf-16-be", "surrogatepass").encode("utf-8", "surrogatepass")


def _decode_query_escape(token: bytes) -> bytes:
    return b" & " if token == b"&" else bytes.fromhex(token[1:].decode())


def _decode_form_escape(token: bytes) -> bytes:
    return b" " if token == b"+" else _decode_query_escape(token)


def _decode_entity(token: bytes) -> bytes:
    return html.unescape(token.decode()).encode("utf-8", "surrogatepass")


JSON = Escapes(b"\\", _JSON_ESCAPE, _decode_json_escape)
FORM = Escapes(b"", re.compile(rb"%[0-9a-fA-F]{2}|\+|&(?=[A-Za-z_])"), _decode_form_escape)
QUERY = Escapes(b"%", re.compile(rb"%[0-9a-fA-F]{2}|&(?=[A-Za-z_])"), _decode_query_escape)
"""An ampersand that is not encoded parts fields, and stands apart from what it parts."""

URL = Escapes(b"%", _PERCENT, lambda token: bytes.fromhex(token[1:].decode()))
HTML = Escapes(b"&", _ENTITY, _decode_entity)


class View:
    """Decoded bytes, and where each of them stood in the raw ones."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def to_raw_start(self, position: int) -> int:
        """The raw position where the character at this position begins."""
        return position

    def to_raw_end(self, position: int) -> int:
        """The raw position behind the character that ends at this position."""
        return position

    def decode(self, escapes: Escapes) -> View | None:
        """The view with these escapes undone as well; None where there are none."""
        if escapes.prefix not in self.data or not escapes.pattern.search(self.data):
            return None
        return _DecodedView(self, escapes)


class _DecodedView(View):
    """A view of another view; the way back is worked out when it is first asked for."""

    def __init__(self, source: View, escapes: Escapes) -> None:
        super().__init__(_decode(escapes, source.data))
        self._source = source
        self._escapes = escapes

    def to_raw_start(self, position: int) -> int:
        return self._source.to_raw_start(self._find_source_range(position)[0])

    def to_raw_end(self, position: int) -> int:
        return self._source.to_raw_end(self._find_source_range(position - 1)[1])

    @cached_property
    def _checkpoints(self) -> tuple[array[int], array[int]]:
        """Positions before some escapes, here and in the source: all would take too much memory.

        An escape that is far behind the mark before it has one of its own.
        """
        here, there = array("q", [0]), array("q", [0])
        shift = 0
        for count, match in enumerate(self._escapes.pattern.finditer(self._source.data)):
            if count % _CHECKPOINT_EVERY == 0 or match.start() - there[-1] > _CHECKPOINT_WITHIN:
                here.append(match.start() - shift)
                there.append(match.start())
            shift += len(match[0]) - len(self._escapes.decode(match[0]))
        return here, there

    def _find_source_range(self, position: int) -> tuple[int, int]:
        """Where the byte at this position comes from, as start and end in the source."""
        marks_here, marks_there = self._checkpoints
        mark = bisect_right(marks_here, position) - 1
        here, there = marks_here[mark], marks_there[mark]
        furthest = (
            there + min(_CHECKPOINT_WITHIN, position - here) + _MAX_ESCAPE * _CHECKPOINT_EVERY
        )
        for match in self._escapes.pattern.finditer(self._source.data, there, furthest):
            begin = here + match.start() - there
            if position < begin:
                break
            here, there = begin + len(self._escapes.decode(match[0])), match.end()
            if position < here:
                return match.span()
        return there + position - here, there + position - here + 1


def _decode(escapes: Escapes, data: bytes) -> bytes:
    """The data with these escapes undone."""
    decode = escapes.decode
    parts: list[bytes] = []
    at = 0
    while at < len(data):
        end = _find_chunk_end(escapes, data, at)
        parts.append(escapes.pattern.sub(lambda match: decode(match[0]), data[at:end]))
        at = end
    return b"".join(parts)


def _find_chunk_end(escapes: Escapes, data: bytes, at: int) -> int:
    """Where a part of the data may end that holds nothing but whole escapes."""
    if len(data) - at <= _CHUNK:
        return len(data)
    behind_space = data.rfind(b" ", at, at + _CHUNK) + 1  # there is none in an escape
    if behind_space:
        return behind_space
    for match in escapes.pattern.finditer(data, at):
        if match.start() >= at + _CHUNK:
            return match.start()
    return len(data)


def iter_json_views(data: bytes) -> Iterator[View]:
    """The data with one and with more levels of JSON escapes undone, as far as there are any."""
    view: View | None = View(data)
    for _ in range(MAX_JSON_LEVELS):
        view = view and view.decode(JSON)
        if view is None:
            return
        yield view


def compile_escape_pattern(characters: Collection[int]) -> re.Pattern[bytes]:
    """Finds the JSON escapes that can stand for one of these bytes, at any level."""
    short = {decoded[0]: letter for letter, decoded in _SHORT_ESCAPES.items()}
    plain = {code: bytes([code]) for code in b'"/\\'}
    letters = [letter for code, letter in (short | plain).items() if code in characters]
    any_unicode = any(code > 0x7F for code in characters)
    choices = [b"u" if any_unicode else b"u00[0-7]", *map(re.escape, letters)]
    return re.compile(rb"\\(?:" + b"|".join(choices) + b")")


def unescape_json(raw: bytes) -> bytes:
    """The characters of a JSON string without its quotes, in UTF-8; what is no escape stays."""
    return (
        _JSON_ESCAPE.sub(lambda match: _decode_json_escape(match[0]), raw) if b"\\" in raw else raw
    )
