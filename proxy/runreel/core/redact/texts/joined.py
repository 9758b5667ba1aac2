"""A text in the making, piece by piece."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

from runreel.core.redact.texts.repeats import NO_REPEATS, EventRepeats
from runreel.core.redact.texts.text import Pieces, Text, TextKind


class TextBuilder:
    """A text in the making."""

    def __init__(self, *, is_kept_apart: bool = False) -> None:
        """``is_apart``: it is a text of its own even if nothing is joined to its one piece."""
        self._is_kept_apart = is_kept_apart
        self._data = bytearray()
        self._lengths = array("q")
        self._origins = array("q")

    @property
    def is_single_piece(self) -> bool:
        """Whether it is as well read where its only piece stands."""
        return len(self._lengths) == 1 and not self._is_kept_apart

    def add(self, part: bytes, origin: int) -> None:
        """Add the next piece, which stands there in the body."""
        self._data += part
        self._lengths.append(len(part))
        self._origins.append(origin)

    def add_all(self, parts: Sequence[bytes], origins: Iterable[int]) -> None:
        """Add the next pieces, each of which stands at its place in the body."""
        self._data += b"".join(parts)
        self._lengths.extend(map(len, parts))
        self._origins.extend(origins)

    def add_remainder(self, raw: bytes, origin: int, ranges: Iterable[tuple[int, int]]) -> None:
        """Add what lies between the spans that others have taken."""
        at = 0
        for start, end in (*ranges, (len(raw), len(raw))):
            self.add(raw[at:start], origin + at)
            at = end

    def build(
        self, kind: TextKind, *, repeats: EventRepeats = NO_REPEATS, is_channel: bool = False
    ) -> Text:
        """All pieces as one text; the rest as ``Text`` has it."""
        pieces = Pieces(self._origins, self._lengths) if self._lengths else None
        return Text(bytes(self._data), kind, pieces, repeats=repeats, is_channel=is_channel)
