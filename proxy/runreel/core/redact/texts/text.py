"""Texts: bytes that are searched as one, with the offset in the body of each of their pieces.

A header's value or a body is a text of one piece. The pieces of a channel, one in each event of a
stream, are joined into one text, so that a secret split over many events is found like any other;
its span is then split again into the ranges of the body that the pieces came from.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from functools import cached_property
from itertools import accumulate, chain, compress, islice
from operator import add, itemgetter, le, sub
from typing import NamedTuple

_TAIL = 64
"""Bytes at the end of a JSON text that are searched for its last non-space character."""

_MIN_SECRET = 7
"""Bytes; a shorter piece is not a secret by itself."""

_SEPARATOR = b'"\n"'
"""Separates pieces: no rule's match crosses it. A single quote would open a quoted value."""

NO_ORIGIN = -1
"""The origin of a piece that joins two others and is not in the body."""


class TextKind(Enum):
    """The notation of a text, which decides how it is decoded."""

    PLAIN = "plain"
    """As its readers see it, though there may be JSON in it."""
    FORM = "form"
    """URL-encoded pairs of names and values."""
    JSON = "json"
    """JSON, with its quotes and brackets."""
    JSON_STRING = "json-string"
    """The content of a JSON string, without the quotes around it."""


class Pieces:
    """The pieces of a text: its start in the text, its origin (the offset in the body), its length.

    They are columns of numbers, not objects, since there may be very many.
    """

    def __init__(
        self, origins: Sequence[int], lengths: Sequence[int], starts: Sequence[int] | None = None
    ) -> None:
        """Without ``starts``, each piece starts where the one before it ends."""
        self.origins = origins
        self.lengths = lengths
        self._starts = starts

    @cached_property
    def starts(self) -> Sequence[int]:
        """The offset of each piece in the text."""
        return self._starts or array("q", accumulate(self.lengths[:-1], initial=0))

    def iter_rows(self, first: int = 0) -> Iterator[tuple[int, int, int]]:
        """Yield start, origin and length of each piece, beginning with the piece ``first``."""
        starts, origins, lengths = self.starts, self.origins, self.lengths
        if not first:
            return zip(starts, origins, lengths, strict=True)
        indices = range(first, len(starts))  # a slice would copy, or pass over, all the others
        return ((starts[index], origins[index], lengths[index]) for index in indices)

    def list_ranges(self) -> tuple[Sequence[int], Sequence[int]]:
        """Return the starts and the ends in the body of all pieces that are there and not empty."""
        origins, lengths = self.origins, self.lengths
        if 0 in lengths or NO_ORIGIN in origins:
            pairs = zip(origins, lengths, strict=True)
            is_range = [length > 0 and origin != NO_ORIGIN for origin, length in pairs]
            origins, lengths = (array("q", compress(each, is_range)) for each in (origins, lengths))
        return origins, array("q", map(add, origins, lengths))

    def select_long(self, min_length: int, gap: int) -> Pieces:
        """Return the pieces of at least ``min_length`` bytes, for a new text made of these alone.

        In the new text ``gap`` bytes separate two pieces. Their origins are offsets in this text.
        """
        is_long = [length >= min_length for length in self.lengths]
        lengths = array("q", compress(self.lengths, is_long))
        origins = array("q", compress(self.starts, is_long))
        starts = accumulate((length + gap for length in lengths[:-1]), initial=0)
        return Pieces(origins, lengths, array("q", starts))


class Condensed(NamedTuple):
    """A JSON text without what comes again and again."""

    data: bytes
    """The text itself."""
    samples: bytes
    """A part of it that has the names of all members."""


class Text:
    """Bytes that are searched as one, and the ranges of the body that they came from."""

    def __init__(
        self,
        data: bytes,
        kind: TextKind,
        pieces: Pieces | None = None,
        *,
        is_channel: bool = False,
        condensed: Condensed | None = None,
    ) -> None:
        """Without ``pieces``, the data is the whole body.

        ``condensed``: the same JSON with what comes again and again, if that is much shorter.
        ``is_channel``: a piece may continue in the next one, or be complete by itself.
        """
        self.data = data
        self.kind = kind
        self._given_pieces = pieces
        self.is_channel = is_channel
        self.condensed = condensed

    @property
    def is_in_pieces(self) -> bool:
        """True if it is not the whole body."""
        return self._given_pieces is not None

    @cached_property
    def pieces(self) -> Pieces:
        """The pieces of the text."""
        return self._given_pieces or Pieces((0,), (len(self.data),))

    @property
    def last_origin(self) -> int:
        """The offset of the last piece in the body."""
        return self.pieces.origins[-1]

    @property
    def is_truncated(self) -> bool:
        """True for JSON that breaks off."""
        end = self.data[-_TAIL:].rstrip()[-1:]
        return self.kind is TextKind.JSON and end not in (b"", b"}", b"]", b'"')

    def iter_ranges(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Return the ranges of the body that the bytes from ``start`` to ``end`` came from."""
        if not self.is_in_pieces:
            return iter(((start, end),) if start < end else ())
        return self._iter_ranges_of_pieces(start, end)

    def _iter_ranges_of_pieces(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        first = bisect_right(self.pieces.starts, start) - 1
        for at, origin, length in self.pieces.iter_rows(first):
            if at >= end:
                return
            low, high = max(start, at), min(end, at + length)
            if low < high and origin != NO_ORIGIN:
                yield low + origin - at, high + origin - at

    def find_offset(self, body_offset: int) -> int | None:
        """Return the offset in the text of a byte of the body; None if it is not in the text."""
        for at, origin, length in self.pieces.iter_rows():
            if origin <= body_offset < origin + max(length, 1):
                return at + body_offset - origin
        return None

    def locate_spans(self, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
        """Yield the parts of the text that lie in these ranges of the body: index, start and end.

        The ranges are in order and do not overlap. Parts that touch in the text are yielded as one,
        with the index of the first of their ranges.
        """
        first, begin, reached = 0, 0, 0
        for index, start, end in self._locate_in_pieces(spans):
            if begin < reached == start:
                reached = end
                continue
            if begin < reached:
                yield first, begin, reached
            first, begin, reached = index, start, end
        if begin < reached:
            yield first, begin, reached

    def _locate_in_pieces(self, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
        """Yield the same, but one part for each piece that a range touches."""
        for at, origin, length in self.pieces.iter_rows() if spans else ():
            if origin == NO_ORIGIN:
                continue
            shift, origin_end = at - origin, origin + length
            first = bisect_right(spans, origin, key=lambda span: span[1])
            for index, (start, end) in enumerate(islice(spans, first, None), start=first):
                if start >= origin_end:
                    break
                yield index, max(start, origin) + shift, min(end, origin_end) + shift

    def crosses_pieces(self, start: int, end: int) -> bool:
        """Return whether the bytes from ``start`` to ``end`` are in several pieces."""
        starts = self.pieces.starts
        return bisect_right(starts, start) < bisect_left(starts, end)

    def is_piece(self, start: int, end: int) -> bool:
        """Return whether these bytes are exactly one piece."""
        index = bisect_right(self.pieces.starts, start) - 1
        return start == self.pieces.starts[index] and end - start == self.pieces.lengths[index]

    def separate_pieces(self, data: bytes) -> Text | None:
        """Return a text of the longer pieces, separated by quotes so that none runs into the next.

        Returns None unless this text is a channel that has such pieces. The bytes are taken from
        ``data``, which is as long as this text. The ranges of the result lead to offsets in this
        text, not in the body.
        """
        if not self.is_channel or max(self.pieces.lengths) < _MIN_SECRET:
            return None
        pieces = self.pieces.select_long(_MIN_SECRET, len(_SEPARATOR))
        starts_and_lengths = zip(pieces.origins, pieces.lengths, strict=True)
        parts = [data[start : start + length] for start, length in starts_and_lengths]
        return Text(_SEPARATOR.join(parts), self.kind, pieces)


class TextBuilder:
    """Joins pieces of a body into one text."""

    def __init__(self, *, is_kept_apart: bool = False) -> None:
        """``is_kept_apart``: even a single piece makes a text of its own."""
        self._is_kept_apart = is_kept_apart
        self._data = bytearray()
        self._lengths = array("q")
        self._origins = array("q")

    @property
    def is_single_piece(self) -> bool:
        """True if there is one piece only, which can as well be searched in the event around it."""
        return len(self._lengths) == 1 and not self._is_kept_apart

    @property
    def size(self) -> int:
        """The number of bytes."""
        return len(self._data)

    @property
    def piece_count(self) -> int:
        """The number of pieces."""
        return len(self._lengths)

    @property
    def first_origin(self) -> int:
        """The offset in the body of the first piece; 0 without any."""
        return self._origins[0] if self._origins else 0

    @property
    def last_origin(self) -> int:
        """The offset in the body of the last piece; 0 without any."""
        return self._origins[-1] if self._origins else 0

    @property
    def data(self) -> bytes:
        """All pieces, joined."""
        return bytes(self._data)

    def is_repeated(self, min_length: int, min_count: int) -> bool:
        """Return whether all pieces are equal, and are long or many enough to be a constant."""
        number = len(self._lengths)
        if number < 2 or (self._lengths[0] < min_length and number < min_count):
            return False
        return self._data == self._data[: self._lengths[0]] * number

    def iter_pieces(self) -> Iterator[tuple[int, bytes]]:
        """Yield the origin and the bytes of each piece."""
        at = 0
        for origin, length in zip(self._origins, self._lengths, strict=True):
            yield origin, bytes(self._data[at : at + length])
            at += length

    def add(self, part: bytes, origin: int) -> None:
        """Add the next piece; ``origin`` is its offset in the body."""
        self._data += part
        self._lengths.append(len(part))
        self._origins.append(origin)

    def add_all(self, parts: Sequence[bytes], origins: Iterable[int]) -> None:
        """Add the next pieces, with their offsets in the body."""
        self._data += b"".join(parts)
        self._lengths.extend(map(len, parts))
        self._origins.extend(origins)

    def sort_pieces(self) -> None:
        """Bring the pieces into the order of the body; all of them must be in the body."""
        origins = self._origins
        if len(origins) < 2 or all(map(le, origins, islice(origins, 1, None))):
            return
        pieces = sorted(self.iter_pieces(), key=itemgetter(0))
        self._data, self._lengths, self._origins = bytearray(), array("q"), array("q")
        self.add_all([data for _, data in pieces], [origin for origin, _ in pieces])

    def add_remainder(self, raw: bytes, starts: Sequence[int], ends: Sequence[int]) -> None:
        """Add the parts of the body outside of the ranges that other texts hold.

        ``starts``, ``ends``: those of the ranges, in order; no two ranges overlap.
        """
        data = self._data
        for at, end in zip(chain((0,), ends), chain(starts, (len(raw),)), strict=True):
            data += raw[at:end]
        self._lengths.extend(map(sub, chain(starts, (len(raw),)), chain((0,), ends)))
        self._origins.extend(chain((0,), ends))

    def build(
        self, kind: TextKind, *, is_channel: bool = False, condensed: Condensed | None = None
    ) -> Text:
        """Return the text of all pieces; see ``Text`` for the arguments."""
        pieces = Pieces(self._origins, self._lengths) if self._lengths else None
        return Text(bytes(self._data), kind, pieces, is_channel=is_channel, condensed=condensed)
