"""A text that may be one: pieces of a body that are searched elsewhere too, in another order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple, Protocol

from runreel.core.redact.texts.text import NO_ORIGIN, Pieces, Text, TextKind

_HEAD = 64
"""Bytes by which the beginnings of texts are sorted."""


class Owner(NamedTuple):
    """The other text that a piece belongs to."""

    number: int
    ids: Hashable
    """The ids of its events: equal for events of the same message."""


class _Beginning(NamedTuple):
    """The beginning of one of the texts that are joined."""

    head: bytes
    """Its first bytes, at most ``_HEAD``; bytes of the next texts follow if it is shorter."""
    start: int
    """Offset in the joined text."""


class JoinedPieces(Protocol):
    """The pieces of a joined text."""

    kind: TextKind

    def join(self) -> bytes:
        """Return all pieces, joined."""
        ...

    def locate(self) -> tuple[Pieces, Sequence[Owner]]:
        """Return the pieces, and the owner of each."""
        ...


class JoinedText(Text):
    """Pieces that are also parts of other texts, joined in the order of the body.

    Most of these texts hold no secret, so the pieces are not located before they are needed.
    """

    def __init__(
        self,
        source: JoinedPieces,
        *,
        has_personal: bool,
        has_general: bool = True,
        is_conversation: bool = False,
    ) -> None:
        """``has_personal``: personal data of all kinds is sought here as well.

        ``has_general``: so is what general rules guess from randomness alone.
        ``is_conversation``: the pieces are mostly messages, none of which continues another one.
        """
        super().__init__(source.join(), source.kind, is_channel=True)
        self._source = source
        self.has_personal = has_personal
        self.has_general = has_general
        self.is_conversation = is_conversation

    @property
    def is_in_pieces(self) -> bool:
        """True: it is not the whole body."""
        return True

    @cached_property
    def pieces(self) -> Pieces:
        """The pieces of the text."""
        return self._location[0]

    @cached_property
    def _location(self) -> tuple[Pieces, Sequence[Owner]]:
        return self._source.locate()

    def crosses_owners(self, start: int, end: int) -> bool:
        """Return whether the bytes from ``start`` to ``end`` belong to several other texts."""
        return len({owner.number for owner in self._iter_owners(start, end)}) > 1

    def crosses_ids(self, start: int, end: int) -> bool:
        """Return whether the bytes from ``start`` to ``end`` are in events of different ids."""
        return len({owner.ids for owner in self._iter_owners(start, end)}) > 1

    def repeats_beginning(self, start: int, end: int) -> bool:
        """Return whether one of the joined texts before ``start`` begins with the same bytes."""
        data = self.data[start:end]
        head = data[:_HEAD]

        def cut(beginning: _Beginning) -> bytes:
            return beginning.head[: len(head)]

        first = bisect_left(self._beginnings, head, key=cut)
        last = bisect_right(self._beginnings, head, key=cut)
        return any(
            beginning.start < start and self.data.startswith(data, beginning.start)
            for beginning in self._beginnings[first:last]
        )

    @cached_property
    def _beginnings(self) -> Sequence[_Beginning]:
        """The beginning of each of the joined texts, in the order of their first bytes."""
        starts: dict[int, int] = {}
        for owner, start in zip(self._location[1], self.pieces.starts, strict=True):
            starts.setdefault(owner.number, start)
        return sorted(_Beginning(self.data[at : at + _HEAD], at) for at in starts.values())

    def _iter_owners(self, start: int, end: int) -> Iterator[Owner]:
        first = bisect_right(self.pieces.starts, start) - 1
        last = bisect_left(self.pieces.starts, end)
        pairs = zip(self._location[1][first:last], self.pieces.lengths[first:last], strict=True)
        return (owner for owner, length in pairs if length)

    def find_offset(self, body_offset: int) -> int | None:
        """Return the offset in the text of a byte of the body; None if it is not in the text."""
        last = bisect_right(self._origins_so_far, body_offset)
        indices = (at for at in reversed(range(last)) if self.pieces.origins[at] != NO_ORIGIN)
        index = next(indices, None)
        if index is None:
            return None
        distance = body_offset - self.pieces.origins[index]
        is_inside = distance < self.pieces.lengths[index]
        return self.pieces.starts[index] + distance if is_inside else None

    @cached_property
    def _origins_so_far(self) -> Sequence[int]:
        """For each piece: its origin, or that of the one before it if it is not in the body."""
        return [*accumulate(self.pieces.origins, max)]
