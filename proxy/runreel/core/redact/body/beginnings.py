"""Beginnings of secrets: what a snapshot of a growing text shows of a secret before it is whole.

A server may send a text again and again while it grows. Where one of these snapshots ends within a
secret, a later one shows all of it, so its beginning is known.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from runreel.core.redact.search.automaton import Automaton
from runreel.core.redact.texts.text import Text
from runreel.core.regex.lazy_pattern import compile_later

_MIN_BEGINNING = 8
"""Bytes; a shorter beginning tells too little, and may be there by chance."""

_COMMON_PREFIX = compile_later(rb"(?:[A-Za-z0-9]{2,6}[_-]){0,3}")
"""A prefix that all secrets of one kind may have: it is no secret."""

_LETTERS = compile_later(rb"[A-Za-z]?[a-z]+[_-]?")
_WORD = compile_later(rb"[A-Za-z0-9]")


class _Group(NamedTuple):
    """Values with the same first bytes."""

    values: Sequence[bytes]
    """In order."""
    longest: int
    """Length of the longest of them."""


class Beginnings:
    """A search for the beginnings of some values."""

    def __init__(self, values: Iterable[bytes]) -> None:
        groups: dict[bytes, list[bytes]] = defaultdict(list)
        for value in sorted(set(values)):
            head = value[: measure_shortest(value)]
            if head:
                groups[head].append(value)
        self._automaton = Automaton(
            {head: _Group(group, max(map(len, group))) for head, group in groups.items()}
        )

    def find(self, text: Text) -> Iterator[tuple[int, int, bytes]]:
        """Yield start and end of each beginning of a value, and the value.

        A beginning counts only where a piece ends, or a word.
        """
        for start, least_end, group in self._automaton.find(text.data):
            value, length = _find_longest(text.data, start, group)
            end = _find_end(text, least_end, start + length)
            if end is not None and end - start < len(value):
                yield start, end, value


def measure_shortest(value: bytes) -> int:
    """Return the length of the shortest beginning that is searched for; 0 if there is none.

    A word tells nothing: many texts have it.
    """
    prefix = _COMMON_PREFIX.match(value)
    shortest = max(_MIN_BEGINNING, prefix.end() + 1 if prefix is not None else 0)
    lengths = range(shortest, len(value))
    return next((length for length in lengths if not _LETTERS.fullmatch(value[:length])), 0)


def _find_longest(data: bytes, start: int, group: _Group) -> tuple[bytes, int]:
    """Return the value of which most is at ``start``, and how many bytes that is.

    The values are in order, so it is a neighbour of what is there.
    """
    there = data[start : start + group.longest]
    at = bisect_left(group.values, there)
    candidates = group.values[max(at - 1, 0) : at + 1]
    return max(
        ((value, _count_common(value, there)) for value in candidates),
        key=lambda candidate: candidate[1],
    )


def _count_common(one: bytes, other: bytes) -> int:
    """Return how many bytes at their beginnings are equal."""
    if other.startswith(one):  # as nearly always
        return len(one)
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _find_end(text: Text, least: int, most: int) -> int | None:
    """Return the last of these offsets where a word or a piece ends; None if there is none."""
    if not _WORD.match(text.data, most):
        return most
    starts = text.pieces.starts
    border = starts[bisect_right(starts, most) - 1]
    return border if border >= least else None
