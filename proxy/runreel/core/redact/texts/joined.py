"""Building a text from pieces."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

from runreel.core.redact.texts.repeats import NO_REPEATS, EventRepeats
from runreel.core.redact.texts.text import Pieces, Text, TextKind


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

    def add_remainder(self, raw: bytes, origin: int, ranges: Iterable[tuple[int, int]]) -> None:
        """Add the parts of an event outside of these ranges, which other texts hold."""
        at = 0
        for start, end in (*ranges, (len(raw), len(raw))):
            self.add(raw[at:start], origin + at)
            at = end

    def build(
        self, kind: TextKind, *, repeats: EventRepeats = NO_REPEATS, is_channel: bool = False
    ) -> Text:
        """Return the text of all pieces; see ``Text`` for the arguments."""
        pieces = Pieces(self._origins, self._lengths) if self._lengths else None
        return Text(bytes(self._data), kind, pieces, repeats=repeats, is_channel=is_channel)
