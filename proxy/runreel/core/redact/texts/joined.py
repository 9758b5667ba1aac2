"""A text in the making, piece by piece."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

from runreel.core.redact.texts.repeats import NONE, Repeats
from runreel.core.redact.texts.text import Kind, Piece, Text


class Joined:
    """A text in the making."""

    def __init__(self, *, is_apart: bool = False) -> None:
        """``is_apart``: it is a text of its own even if nothing is joined to its one piece."""
        self._is_apart = is_apart
        self._parts: list[bytes] = []
        self._origins: list[int] = []

    @property
    def is_one_piece(self) -> bool:
        """Whether it is as well read where its only piece stands."""
        return len(self._parts) == 1 and not self._is_apart

    def add(self, part: bytes, origin: int) -> None:
        """Add the next piece, which stands there in the body."""
        self._parts.append(part)
        self._origins.append(origin)

    def add_all(self, parts: Iterable[bytes], origins: Iterable[int]) -> None:
        """Add the next pieces, each of which stands at its place in the body."""
        self._parts.extend(parts)
        self._origins.extend(origins)

    def add_all_but(self, raw: bytes, origin: int, taken: Iterable[tuple[int, int]]) -> None:
        """Add what lies between the spans that others have taken."""
        at = 0
        for start, end in (*taken, (len(raw), len(raw))):
            self.add(raw[at:start], origin + at)
            at = end

    def text(self, kind: Kind, *, repeats: Repeats = NONE, is_said: bool = False) -> Text:
        """All pieces as one text; the rest as ``Text`` has it."""
        ends = accumulate(map(len, self._parts), initial=0)
        pieces = map(Piece, ends, self._origins, map(len, self._parts))
        return Text(b"".join(self._parts), kind, pieces, repeats=repeats, is_said=is_said)
