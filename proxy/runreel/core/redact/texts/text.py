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

from runreel.core.redact.texts.encoded import iter_encoded_views
from runreel.core.redact.texts.repeats import NO_REPEATS, EventRepeats
from runreel.core.redact.texts.views import (
    FORM,
    HTML,
    JSON,
    MAX_JSON_LEVELS,
    QUERY,
    Escapes,
    View,
    iter_json_views,
)

_TAIL = 64
"""Bytes of white space behind a JSON text, and more."""

_MIN_SECRET = 7
"""Bytes; a piece of fewer is no secret by itself."""

_SEPARATOR = b'"\n"'
"""One quote alone would begin a quoted value."""

NO_ORIGIN = -1
"""The origin of a piece that joins others and stands in no body."""


class TextKind(Enum):
    """How a text is spelled."""

    PLAIN = "plain"
    """As its readers see it, though it may hold JSON."""
    FORM = "form"
    """URL-encoded pairs of names and values."""
    JSON = "document"
    """JSON, with its quotes and brackets."""
    JSON_STRING = "content"
    """What stands between the quotes of a JSON string."""


_ESCAPES: Mapping[TextKind, Escapes] = {
    TextKind.FORM: FORM,
    TextKind.JSON: JSON,
    TextKind.JSON_STRING: JSON,
}
"""What no reader sees as it stands."""


class Pieces:
    """Stretches of a text, and where in the body each stood; kept column by column, since there may
    be very many."""

    def __init__(
        self, origins: Sequence[int], lengths: Sequence[int], starts: Sequence[int] | None = None
    ) -> None:
        """``at``: where in the text each begins; None: where the one before it ends."""
        self.origins = origins
        self.lengths = lengths
        self._starts = starts

    @cached_property
    def starts(self) -> Sequence[int]:
        """Where in the text each begins."""
        return self._starts or list(accumulate(self.lengths[:-1], initial=0))

    def iter_rows(self, first: int = 0) -> Iterator[tuple[int, int, int]]:
        """Beginning, origin and length of each piece from the ``first`` on."""
        columns = (self.starts, self.origins, self.lengths)
        return zip(*(islice(column, first, None) for column in columns), strict=True)

    def select_long(self, min_length: int, gap: int) -> Pieces:
        """Those of so many bytes, as pieces of a text in which ``gap`` bytes stand between them,
        and which stood in this text."""
        chosen = [place for place, length in enumerate(self.lengths) if length >= min_length]
        lengths = [self.lengths[place] for place in chosen]
        at = self.starts
        ends = accumulate([length + gap for length in lengths[:-1]], initial=0)
        return Pieces([at[place] for place in chosen], lengths, list(ends))


class Text:
    """Bytes as they came, joined."""

    def __init__(
        self,
        data: bytes,
        kind: TextKind,
        pieces: Pieces | None = None,
        *,
        repeats: EventRepeats = NO_REPEATS,
        is_channel: bool = False,
    ) -> None:
        """``pieces`` in their order; None: the data is a body as it stands.

        ``repeats``: what of them stands in the body again, and is in no other text. ``is_said``:
        each piece may go on in the next, and may as well be whole.
        """
        self.data = data
        self.kind = kind
        self._pieces = pieces or Pieces((0,), (len(data),))
        self._repeats = repeats
        self._is_channel = is_channel

    @property
    def last_origin(self) -> int:
        """Where in the body its last piece stands."""
        return self._pieces.origins[-1]

    @property
    def is_truncated(self) -> bool:
        """Whether it is JSON that breaks off."""
        end = self.data[-_TAIL:].rstrip()[-1:]
        return self.kind is TextKind.JSON and end not in (b"", b"}", b"]", b'"')

    def iter_ranges(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Where in the body the bytes from ``start`` to ``end`` stood, in order."""
        for at, origin, length in self._pieces.iter_rows(
            bisect_right(self._pieces.starts, start) - 1
        ):
            if at >= end:
                return
            low, high = max(start, at), min(end, at + length)
            if low < high and origin != NO_ORIGIN:
                yield low + origin - at, high + origin - at

    def iter_ranges_with_repeats(self, start: int, end: int) -> Iterator[list[tuple[int, int]]]:
        """The same, and the ranges of each repetition."""
        ranges = list(self.iter_ranges(start, end))
        if ranges:
            yield ranges
            for shift in self._repeats.iter_shifts(ranges[0][0], ranges[-1][1]):
                yield [(low + shift, high + shift) for low, high in ranges]

    def find_offset(self, body_offset: int) -> int | None:
        """Where in the text the byte stands that stood there in the body; None if it does not."""
        for at, origin, length in self._pieces.iter_rows():
            if origin <= body_offset < origin + max(length, 1):
                return at + body_offset - origin
        return None

    def locate_spans(self, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
        """Which of these spans of the body, in order and apart, stand in the text, and where.

        What stands next to one another in the text is one place, and goes by its first span.
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
        """The same for each piece by itself."""
        for at, origin, length in self._pieces.iter_rows() if spans else ():
            if origin == NO_ORIGIN:
                continue
            shift, behind = at - origin, origin + length
            first = bisect_right(spans, origin, key=lambda span: span[1])
            for index, (start, end) in enumerate(islice(spans, first, None), start=first):
                if start >= behind:
                    break
                yield index, max(start, origin) + shift, min(end, behind) + shift

    def is_piece(self, start: int, end: int) -> bool:
        """Whether these bytes are one of the pieces."""
        place = bisect_right(self._pieces.starts, start) - 1
        return start == self._pieces.starts[place] and end - start == self._pieces.lengths[place]

    def separate_pieces(self, data: bytes) -> Text | None:
        """The pieces that may be whole, with quotes between them: no secret reaches across.

        ``data``: what is to be searched in the place of this text's, as long as that. The ranges
        of what comes back are those of this text. None where there are no such pieces.
        """
        if not self._is_channel or max(self._pieces.lengths) < _MIN_SECRET:
            return None
        long = self._pieces.select_long(_MIN_SECRET, len(_SEPARATOR))
        stood = zip(long.origins, long.lengths, strict=True)
        apart = _SEPARATOR.join([data[at : at + length] for at, length in stood])
        return Text(apart, self.kind, long)

    def iter_json_levels(self) -> Iterator[tuple[int, View]]:
        """The text as it came and with one to three levels of JSON escapes undone.

        The number says how many levels the quotes of that view's own members lie deep.
        """
        if self.kind is not TextKind.JSON_STRING:
            yield 0, View(self.data)
        yield from enumerate(iter_json_views(self.data), start=1)

    def iter_views(self) -> Iterator[View]:
        """The text as a reader may see it: unescaped, decoded, or both."""
        view: View | None = View(self.data)
        escapes = _ESCAPES.get(self.kind)
        if escapes is not None:
            view = View(self.data).decode(escapes) or view
        for _ in range(MAX_JSON_LEVELS):
            if view is None:
                return
            yield view
            yield from _iter_decoded(view)
            view = view.decode(JSON)


def _iter_decoded(view: View) -> Iterator[View]:
    for escapes in (QUERY, HTML):
        decoded = view.decode(escapes)
        if decoded is not None:
            yield decoded
    yield from iter_encoded_views(view)
