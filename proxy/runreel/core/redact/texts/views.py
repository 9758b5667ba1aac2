"""A text as its readers see it: with JSON escapes, percent-encoding or HTML entities undone.

``\\u0073k-`` hides a key from a search in the raw bytes, but not from a reader. A view is the
decoded text, with offsets that lead back to the raw bytes, so that a secret found in it can be
replaced there (RFC 8259 section 7, RFC 3986 section 2.1, and HTML's character references).
"""

from __future__ import annotations

import html
import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator
from functools import cached_property, lru_cache

_JSON_ESCAPE = (
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a surrogate pair
    rb'|u[0-9a-fA-F]{4}|["\\/bfnrt])'
)
_JSON_ESCAPES_IN_A_ROW = rb"(?:\\\\){2,6}|" + _JSON_ESCAPE
"""The same, or several backslashes: JSON in JSON in JSON has hundreds in a row."""
_SHORT_ESCAPES = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}

_MAX_ESCAPE = 12
"""Bytes: a surrogate pair."""
_CHECKPOINT_EVERY = 8
"""Escapes from one checkpoint to the next, at most."""
_CHECKPOINT_WITHIN = 256
"""Bytes behind a checkpoint from which on the next escape gets its own."""

_CHUNK = 1 << 15
"""Bytes that are decoded in one call: a longer call would block other threads."""

MAX_JSON_LEVELS = 5
"""JSON in a string of JSON is common: a tool's arguments, a log of them, an answer with the log."""


class Escapes:
    """One kind of escapes, and how to decode them; its patterns are compiled by their first use."""

    def __init__(
        self,
        prefix: bytes,
        pattern: bytes,
        decode: Callable[[bytes], bytes],
        *,
        tokens: bytes = b"",
    ) -> None:
        """``tokens``: a pattern that also matches several escapes alike in a row."""
        self.prefix = prefix
        """The byte that every escape begins with; empty if they differ in it."""
        self.decode = decode
        """Returns what is meant by an escape, or by a few that ``tokens`` matches."""
        self._pattern = pattern
        self._tokens = tokens or pattern

    @cached_property
    def pattern(self) -> re.Pattern[bytes]:
        """Matches one escape."""
        return re.compile(self._pattern)

    @cached_property
    def tokens(self) -> re.Pattern[bytes]:
        """Matches one escape, or a few alike of ``_MAX_ESCAPE`` bytes at most, in a group."""
        return re.compile(b"(" + self._tokens + b")")


@lru_cache(1024)
def _decode_json_escape(token: bytes) -> bytes:
    if token[1:2] == b"\\":
        return token[: len(token) // 2]
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


JSON = Escapes(b"\\", _JSON_ESCAPE, _decode_json_escape, tokens=_JSON_ESCAPES_IN_A_ROW)
FORM = Escapes(b"", rb"%[0-9a-fA-F]{2}|\+|&(?=[A-Za-z_])", _decode_form_escape)
QUERY = Escapes(b"%", rb"%[0-9a-fA-F]{2}|&(?=[A-Za-z_])", _decode_query_escape)
"""A bare ampersand separates fields; the spaces around it keep their values apart."""

URL = Escapes(b"%", rb"%[0-9a-fA-F]{2}", lambda token: bytes.fromhex(token[1:].decode()))
HTML = Escapes(
    b"&",
    rb"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}"
    rb"|amp|lt|gt|quot|apos|nbsp|commat|period|lowbar|plus|ndash);",
    _decode_entity,
)


class View:
    """Decoded bytes, with the offset in the raw bytes of each of them."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def to_raw_start(self, position: int) -> int:
        """Return the raw offset where the character at this position begins."""
        return position

    def to_raw_end(self, position: int) -> int:
        """Return the raw offset just after the character that ends at this position."""
        return position

    def decode(self, escapes: Escapes) -> View | None:
        """Return this view with these escapes undone too; None if it has no such escapes."""
        if escapes.prefix not in self.data or not escapes.pattern.search(self.data):
            return None
        return _DecodedView(self, escapes)


class _DecodedView(View):
    """A view of another view; its offsets are worked out when they are first needed."""

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
        """Offsets of some escapes, in this view and in the source.

        All of them would take too much memory. ``_find_source_range`` decodes again from the
        nearest checkpoint on.
        """
        here, there = array("q", [0]), array("q", [0])
        shift = 0
        decode = self._escapes.decode
        for count, match in enumerate(self._escapes.tokens.finditer(self._source.data)):
            start, escape = match.start(), match[0]
            if count % _CHECKPOINT_EVERY == 0 or start - there[-1] > _CHECKPOINT_WITHIN:
                here.append(start - shift)
                there.append(start)
            shift += len(escape) - len(decode(escape))
        return here, there

    def _find_source_range(self, position: int) -> tuple[int, int]:
        """Return the range of the source that the byte at this position was decoded from."""
        checkpoints_here, checkpoints_there = self._checkpoints
        checkpoint = bisect_right(checkpoints_here, position) - 1
        here, there = checkpoints_here[checkpoint], checkpoints_there[checkpoint]
        search_end = (
            there + min(_CHECKPOINT_WITHIN, position - here) + _MAX_ESCAPE * _CHECKPOINT_EVERY
        )
        for match in self._escapes.pattern.finditer(self._source.data, there, search_end):
            start = here + match.start() - there
            if position < start:
                break
            here, there = start + len(self._escapes.decode(match[0])), match.end()
            if position < here:
                return match.span()
        return there + position - here, there + position - here + 1


def _decode(escapes: Escapes, data: bytes) -> bytes:
    """Return the data with these escapes undone."""
    decoded: list[bytes] = []
    at = 0
    while at < len(data):
        parts = _split(escapes, data, at)
        at += sum(map(len, parts))
        parts[1::2] = map(escapes.decode, parts[1::2])
        decoded.append(b"".join(parts))
    return b"".join(decoded)


def _split(escapes: Escapes, data: bytes, at: int) -> list[bytes]:
    """Return what is between the escapes of the chunk that begins at ``at``, and these, in turn.

    An escape that begins in the chunk is whole.
    """
    window = data[at : at + _CHUNK + _MAX_ESCAPE]
    parts = escapes.tokens.split(window)
    excess = len(window) - _CHUNK
    while excess > len(parts[-1]):
        *parts, escape, after = parts
        excess -= len(after)
        if excess < len(escape):
            return [*parts, escape, b""]
        excess -= len(escape)
    if excess > 0:
        parts[-1] = parts[-1][:-excess]
    return parts


def iter_json_views(data: bytes) -> Iterator[View]:
    """Yield the data with one to five levels of JSON escapes undone, while there are any."""
    view: View | None = View(data)
    for _ in range(MAX_JSON_LEVELS):
        view = view and view.decode(JSON)
        if view is None:
            return
        yield view


def compile_escape_pattern(characters: Collection[int]) -> re.Pattern[bytes]:
    """Return a pattern that finds JSON escapes of any of these bytes, at any level."""
    short = {decoded[0]: letter for letter, decoded in _SHORT_ESCAPES.items()}
    plain = {code: bytes([code]) for code in b'"/\\'}
    letters = [letter for code, letter in (short | plain).items() if code in characters]
    has_non_ascii = any(code > 0x7F for code in characters)
    choices = [b"u" if has_non_ascii else b"u00[0-7]", *map(re.escape, letters)]
    return re.compile(rb"\\(?:" + b"|".join(choices) + b")")


def unescape_json(raw: bytes) -> bytes:
    """Return the value, in UTF-8, of a JSON string without its quotes; invalid escapes stay."""
    return (
        JSON.pattern.sub(lambda match: _decode_json_escape(match[0]), raw) if b"\\" in raw else raw
    )
