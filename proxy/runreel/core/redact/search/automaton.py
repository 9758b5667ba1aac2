"""Many words sought in one pass (Aho and Corasick, "Efficient string matching", 1975).

The library searches text, so bytes go through Latin-1; and it keeps other threads waiting while it
searches, so a long text is searched in slices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

import ahocorasick

_SLICE = 1 << 16

T = TypeVar("T")


class Automaton(Generic[T]):
    """Finds all of some words, each with something that it stands for."""

    def __init__(self, words: Mapping[bytes, T]) -> None:
        """``words``: none of them empty."""
        self._automaton = ahocorasick.Automaton()
        self._overlap = max(map(len, words), default=1) - 1
        for word, meaning in words.items():
            self._automaton.add_word(word.decode("latin-1"), (len(word), meaning))
        if words:
            self._automaton.make_automaton()

    def find(self, data: bytes, *, lower: bool = False) -> Iterator[tuple[int, int, T]]:
        """Where each word stands in the data, also within one another; ``lower``: in lower case."""
        for begin in range(0, len(data) if len(self._automaton) else 0, _SLICE):
            first = max(begin - self._overlap, 0)
            piece = data[first : begin + _SLICE]
            text = (piece.lower() if lower else piece).decode("latin-1")
            for last, (length, meaning) in self._automaton.iter(text):
                end = first + last + 1
                if end > begin:  # else it was found in the slice before
                    yield end - length, end, meaning
