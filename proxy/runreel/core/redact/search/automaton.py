"""Search for many words in one pass (Aho and Corasick, "Efficient string matching", 1975).

The library searches text, so bytes are decoded as Latin-1. It blocks other threads while it
searches, so long data is searched in slices.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

import ahocorasick

_SLICE = 1 << 16
"""Bytes."""

T = TypeVar("T")


class Automaton(Generic[T]):
    """Finds words in data; each word has a meaning, an object of any type."""

    def __init__(self, words: Mapping[bytes, T]) -> None:
        """``words`` maps each word, which is not empty, to its meaning."""
        self._automaton = ahocorasick.Automaton()
        self._overlap = max(map(len, words), default=1) - 1
        for word, meaning in words.items():
            self._automaton.add_word(word.decode("latin-1"), (len(word), meaning))
        if words:
            self._automaton.make_automaton()

    def find(
        self,
        data: bytes,
        parts: Iterable[tuple[int, int]] | None = None,
        *,
        lower: bool = False,
    ) -> Iterator[tuple[int, int, T]]:
        """Yield start, end and meaning of each occurrence of a word, overlapping ones too.

        ``parts``: the disjoint ranges of the data to search; by default all of it. With ``lower``,
        the data is converted to lower case first.
        """
        ranges = ((0, len(data)),) if parts is None else parts
        for start, end in ranges if len(self._automaton) else ():
            for slice_start in range(start, end, _SLICE):
                first = max(slice_start - self._overlap, start)
                piece = data[first : min(slice_start + _SLICE, end)]
                text = (piece.lower() if lower else piece).decode("latin-1")
                for last, (length, meaning) in self._automaton.iter(text):
                    word_end = first + last + 1
                    if word_end > slice_start:  # otherwise it was found in the slice before
                        yield word_end - length, word_end, meaning
