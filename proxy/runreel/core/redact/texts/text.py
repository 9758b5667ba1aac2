"""Texts: bytes that are searched as one, and where each piece of them stood.

A header's value or a body is a text of one piece. What a stream says in pieces, one to an event, is
joined into one text, so that a secret split over many events is found like any other; and its span
is taken apart again into the places where its pieces stood.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from functools import cached_property
from itertools import accumulate, islice

from runreel.core.redact.texts.encoded import encoded_views
from runreel.core.redact.texts.repeats import NONE, Repeats
from runreel.core.redact.texts.views import (
    DEPTH,
    FORM,
    HTML,
    JSON,
    QUERY,
    Escapes,
    View,
    json_views,
)

_LONGEST_END = 64
"""Bytes of white space behind a JSON text, and more."""

_SHORTEST_WHOLE = 7
"""Bytes; a piece of fewer is no secret by itself."""

_BETWEEN = b'"\n"'
"""One quote alone would begin a quoted value."""

NOWHERE = -1
"""The origin of a piece that joins others and stands in no body."""


class Kind(Enum):
    """How a text is spelled."""

    PLAIN = "plain"
    """As its readers see it, though it may hold JSON."""
    FORM = "form"
    """URL-encoded pairs of names and values."""
    DOCUMENT = "document"
    """JSON, with its quotes and brackets."""
    CONTENT = "content"
    """What stands between the quotes of a JSON string."""


_SPELLED: Mapping[Kind, Escapes] = {Kind.FORM: FORM, Kind.DOCUMENT: JSON, Kind.CONTENT: JSON}
"""What no reader sees as it stands."""


class Pieces:
    """Stretches of a text, and where in the body each stood; kept column by column, since there may
    be very many."""

    def __init__(
        self, origins: Sequence[int], lengths: Sequence[int], at: Sequence[int] | None = None
    ) -> None:
        """``at``: where in the text each begins; None: where the one before it ends."""
        self.origins = origins
        self.lengths = lengths
        self._given = at

    @cached_property
    def at(self) -> Sequence[int]:
        """Where in the text each begins."""
        return self._given or list(accumulate(self.lengths[:-1], initial=0))

    def rows(self, first: int = 0) -> Iterator[tuple[int, int, int]]:
        """Beginning, origin and length of each piece from the ``first`` on."""
        columns = (self.at, self.origins, self.lengths)
        return zip(*(islice(column, first, None) for column in columns), strict=True)

    def long(self, least: int, gap: int) -> Pieces:
        """Those of so many bytes, as pieces of a text in which ``gap`` bytes stand between them,
        and which stood in this text."""
        chosen = [place for place, length in enumerate(self.lengths) if length >= least]
        lengths = [self.lengths[place] for place in chosen]
        at = self.at
        ends = accumulate([length + gap for length in lengths[:-1]], initial=0)
        return Pieces([at[place] for place in chosen], lengths, list(ends))


class Text:
    """Bytes as they came, joined."""

    def __init__(
        self,
        data: bytes,
        kind: Kind,
        pieces: Pieces | None = None,
        *,
        repeats: Repeats = NONE,
        is_said: bool = False,
    ) -> None:
        """``pieces`` in their order; None: the data is a body as it stands.

        ``repeats``: what of them stands in the body again, and is in no other text. ``is_said``:
        each piece may go on in the next, and may as well be whole.
        """
        self.data = data
        self.kind = kind
        self._pieces = pieces or Pieces((0,), (len(data),))
        self._repeats = repeats
        self._is_said = is_said

    @property
    def last_origin(self) -> int:
        """Where in the body its last piece stands."""
        return self._pieces.origins[-1]

    @property
    def is_open(self) -> bool:
        """Whether it is JSON that breaks off."""
        end = self.data[-_LONGEST_END:].rstrip()[-1:]
        return self.kind is Kind.DOCUMENT and end not in (b"", b"}", b"]", b'"')

    def ranges(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Where in the body the bytes from ``start`` to ``end`` stood, in order."""
        for at, origin, length in self._pieces.rows(bisect_right(self._pieces.at, start) - 1):
            if at >= end:
                return
            low, high = max(start, at), min(end, at + length)
            if low < high and origin != NOWHERE:
                yield low + origin - at, high + origin - at

    def everywhere(self, start: int, end: int) -> Iterator[list[tuple[int, int]]]:
        """The same, and the ranges of each repetition."""
        ranges = list(self.ranges(start, end))
        if ranges:
            yield ranges
            for shift in self._repeats.shifts(ranges[0][0], ranges[-1][1]):
                yield [(low + shift, high + shift) for low, high in ranges]

    def place_of(self, stood: int) -> int | None:
        """Where in the text the byte stands that stood there in the body; None if it does not."""
        for at, origin, length in self._pieces.rows():
            if origin <= stood < origin + max(length, 1):
                return at + stood - origin
        return None

    def places_of(self, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
        """Which of these spans of the body, in order and apart, stand in the text, and where.

        What stands next to one another in the text is one place, and goes by its first span.
        """
        first, begin, reached = 0, 0, 0
        for index, start, end in self._stretches(spans):
            if begin < reached == start:
                reached = end
                continue
            if begin < reached:
                yield first, begin, reached
            first, begin, reached = index, start, end
        if begin < reached:
            yield first, begin, reached

    def _stretches(self, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
        """The same for each piece by itself."""
        for at, origin, length in self._pieces.rows() if spans else ():
            if origin == NOWHERE:
                continue
            shift, behind = at - origin, origin + length
            first = bisect_right(spans, origin, key=lambda span: span[1])
            for index, (start, end) in enumerate(islice(spans, first, None), start=first):
                if start >= behind:
                    break
                yield index, max(start, origin) + shift, min(end, behind) + shift

    def is_piece(self, start: int, end: int) -> bool:
        """Whether these bytes are one of the pieces."""
        place = bisect_right(self._pieces.at, start) - 1
        return start == self._pieces.at[place] and end - start == self._pieces.lengths[place]

    def pieces_apart(self, data: bytes) -> Text | None:
        """The pieces that may be whole, with quotes between them: no secret reaches across.

        ``data``: what is to be searched in the place of this text's, as long as that. The ranges
        of what comes back are those of this text. None where there are no such pieces.
        """
        if not self._is_said or max(self._pieces.lengths) < _SHORTEST_WHOLE:
            return None
        long = self._pieces.long(_SHORTEST_WHOLE, len(_BETWEEN))
        stood = zip(long.origins, long.lengths, strict=True)
        apart = _BETWEEN.join([data[at : at + length] for at, length in stood])
        return Text(apart, self.kind, long)

    def json_levels(self) -> Iterator[tuple[int, View]]:
        """The text as it came and with one to three levels of JSON escapes undone.

        The number says how many levels the quotes of that view's own members lie deep.
        """
        if self.kind is not Kind.CONTENT:
            yield 0, View(self.data)
        yield from enumerate(json_views(self.data), start=1)

    def readings(self) -> Iterator[View]:
        """The text as a reader may see it: unescaped, decoded, or both."""
        view: View | None = View(self.data)
        escapes = _SPELLED.get(self.kind)
        if escapes is not None:
            view = View(self.data).decoded(escapes) or view
        for _ in range(DEPTH):
            if view is None:
                return
            yield view
            yield from _decoded(view)
            view = view.decoded(JSON)


def _decoded(view: View) -> Iterator[View]:
    for escapes in (QUERY, HTML):
        decoded = view.decoded(escapes)
        if decoded is not None:
            yield decoded
    yield from encoded_views(view)
