"""Search for many words whose number grows, at a cost that does not depend on the number.

Data is divided into blocks of equal size. A word that is long enough covers one block completely,
wherever it begins. The index therefore maps blocks to words: for each word it holds as many blocks
as there are alignments of the word. A search looks up each block of the data once, and compares
words only where a block is known. Adding a word is a few entries in a table, nothing is built anew.

An automaton would find the same in one pass, but it has a node for each byte of each word: it takes
some ten times the memory, is slow when it no longer fits the processor's cache, and cannot grow.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import compress, count
from typing import Generic, NamedTuple, TypeVar

MIN_WORD = 7
"""Bytes of the shortest word that an index can hold."""

_BLOCKS_PER_SLICE = 512
"""Blocks that are looked up in one go: other threads wait no longer than that."""

_MAX_WINDOWS = 64
"""Parts of a word that are tried for one whose blocks no other word has."""

T = TypeVar("T")


class WordIndex(Generic[T]):
    """Finds words in data; each word has a meaning, an object of any type.

    One thread may add words while others search.
    """

    def __init__(self) -> None:
        self._meanings: dict[bytes, T] = {}
        self._words: list[bytes] = []
        """In the order in which they were added."""
        self._tables = (_BlockTable(8), _BlockTable(4))

    def __len__(self) -> int:
        """Return the number of words that are found."""
        return len(self._words)

    def __contains__(self, word: bytes) -> bool:
        """Return whether the index has the word."""
        return word in self._meanings

    def add(self, word: bytes, meaning: T) -> None:
        """Find a new word of at least ``MIN_WORD`` bytes from now on."""
        if len(word) < MIN_WORD:
            raise ValueError(f"a word of {len(word)} bytes is too short, the least is {MIN_WORD}")
        self._meanings[word] = meaning
        next(table for table in self._tables if len(word) >= table.min_word).add(word)
        self._words.append(word)  # last, since another thread may search meanwhile

    def find(self, data: bytes) -> Iterator[tuple[int, int, T]]:
        """Yield start, end and meaning of each occurrence of a word, overlapping ones too."""
        for table in self._tables:
            # Words that share a block and a length may lead to the same occurrence.
            for start, end in set(table.locate_candidates(data)):
                meaning = self._meanings.get(data[start:end])
                if meaning is not None:
                    yield start, end, meaning

    def find_one_by_one(self, data: bytes, first: int = 0) -> Iterator[tuple[int, int, T]]:
        """Yield the same for the words from the one of this index on, in the order of adding.

        While they are few, this is faster than ``find``.
        """
        for word in filter(data.__contains__, self._words[first:]):
            start = data.find(word)
            while start >= 0:
                yield start, start + len(word), self._meanings[word]
                start = data.find(word, start + 1)


class _Place(NamedTuple):
    """The position of a block in some words."""

    offset: int
    word_length: int


class _BlockTable:
    """The blocks by which the words of one class of lengths are found."""

    def __init__(self, size: int) -> None:
        """``size``: bytes of a block."""
        self._size = size
        self._unpack = struct.Struct(f"{size}s" * _BLOCKS_PER_SLICE).unpack_from
        self._places: dict[bytes, Sequence[_Place]] = {}
        self._single_places: dict[_Place, Sequence[_Place]] = {}
        self.min_word = 2 * size - 1
        """Bytes: a shorter word might cover no block completely."""

    def add(self, word: bytes) -> None:
        """Add a word's blocks at every alignment."""
        start, blocks = self._choose_window(word)
        for offset, block in enumerate(blocks, start):
            place = _Place(offset, len(word))
            places = self._places.get(block, ())
            if not places:
                self._places[block] = self._single_places.setdefault(place, (place,))
            elif place not in places:
                self._places[block] = (*places, place)

    def locate_candidates(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Yield the ranges that may be words, each at least once."""
        for block_start, block in self._iter_known_blocks(data):
            for offset, word_length in self._places[block]:
                start = block_start - offset
                if 0 <= start <= len(data) - word_length:
                    yield start, start + word_length

    def _iter_known_blocks(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield the blocks of the data that a word has too, with their offsets."""
        is_known = self._places.__contains__
        for slice_start, blocks in self._iter_slices(data) if self._places else ():
            for index in compress(count(), map(is_known, blocks)):
                yield slice_start + index * self._size, blocks[index]

    def _iter_slices(self, data: bytes) -> Iterator[tuple[int, Sequence[bytes]]]:
        """Yield the blocks of each slice of the data; what is left at its end is no block."""
        block_count, step = len(data) // self._size, _BLOCKS_PER_SLICE * self._size
        rest_start = block_count // _BLOCKS_PER_SLICE * step
        for slice_start in range(0, rest_start, step):
            yield slice_start, self._unpack(data, slice_start)
        rest = block_count % _BLOCKS_PER_SLICE
        if rest:
            yield rest_start, struct.unpack_from(f"{self._size}s" * rest, data, rest_start)

    def _choose_window(self, word: bytes) -> tuple[int, Sequence[bytes]]:
        """Return the part of a word to index: its start, and its block at each alignment.

        Keys and cookies of one kind share prefixes, and a table of such blocks would lead to many
        comparisons. So the best part is the one with the most new blocks, the nearest to the end.
        """
        best: tuple[int, Sequence[bytes]] = 0, ()
        most_new = -1
        for start in range(len(word) - self.min_word, -1, -self._size)[:_MAX_WINDOWS]:
            blocks = [word[at : at + self._size] for at in range(start, start + self._size)]
            new = len(set(blocks).difference(self._places))
            if new > most_new:
                best, most_new = (start, blocks), new
            if new == self._size:
                break
        return best
