"""Secrets that are settled: found in a finer reading than the one that is searched next.

A coarse reading may join two texts, so what was found in a finer one is not given up for it, with
one exception: a secret may go on where its strand ends. Then the coarse reading shows all of it,
and the finer one only a part. An email address may have any word before it; so for personal data
this is true only where the pieces certainly continue one another.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from runreel.core.redact.body.words import is_word
from runreel.core.redact.texts.joined_text import JoinedText

_MAX_CHANCE = 3
"""Bytes that often fit a pattern by chance, where another text follows."""


class _Part(NamedTuple):
    """The place of a settled secret in a text."""

    start: int
    end: int
    is_scattered: bool
    """True if there are other bytes within it."""


class Settled(NamedTuple):
    """A secret that was found, by its ranges in the body."""

    ranges: Sequence[tuple[int, int]]
    is_personal: bool
    is_joined: bool
    """True if it was found in a text of several pieces, where it would be whole."""
    is_whole: bool = False
    """True if its text shows where it begins and ends: a name before it, and a quote after it."""


class SettledSecrets:
    """All secrets of a body that were found so far."""

    def __init__(self, secrets: Iterable[Settled]) -> None:
        self._secrets = [*secrets]
        rows = sorted(
            (*span, index) for index, each in enumerate(self._secrets) for span in each.ranges
        )
        self._rows = rows
        self._furthest_ends = [*accumulate((end for _, end, _ in rows), max)]

    def find_parts(
        self, text: JoinedText, start: int, end: int, *, is_continued: bool
    ) -> set[int] | None:
        """Return the indices of the settled secrets that are parts of one in this range of a text.

        Returns None if what is in this range cannot be a secret, because a settled one contradicts
        it: it is whole, it is personal, it is partly outside of the range, or the rest of the range
        is a word or the beginning of a text that comes again.
        ``is_continued``: the pieces of the text certainly continue one another.
        """
        indices = {
            index
            for low, high in text.iter_ranges(start, end)
            for index in self._find_overlapping(low, high)
        }
        if not indices:
            return indices
        secrets = [self._secrets[index] for index in indices]
        parts = [part for secret in secrets if (part := _locate(text, secret)) is not None]
        is_certain = any(
            each.is_whole or (each.is_personal and (each.is_joined or not is_continued))
            for each in secrets
        )
        if is_certain or len(parts) < len(secrets) or not _may_contain(text, start, end, parts):
            return None
        if any(part.is_scattered for part in parts):
            # It may be every second piece of the whole secret. If ids differ, two texts alternate.
            return None if text.crosses_ids(start, end) else set()
        parts_end = max(part.end for part in parts)
        rest = text.data[parts_end:end]
        is_short = len(rest) <= _MAX_CHANCE and all(secret.is_joined for secret in secrets)
        is_new_text = is_short or is_word(rest) or text.repeats_beginning(parts_end, end)
        return None if rest and is_new_text else indices

    def _find_overlapping(self, start: int, end: int) -> Iterable[int]:
        at = bisect_left(self._rows, (end,))
        while at and self._furthest_ends[at - 1] > start:
            at -= 1
            if self._rows[at][1] > start:
                yield self._rows[at][2]


def _locate(text: JoinedText, secret: Settled) -> _Part | None:
    """Return the place of a secret in a text; None if not all of it is there."""
    starts = [text.find_offset(start) for start, _ in secret.ranges]
    known = [start for start in starts if start is not None]
    if len(known) < len(starts):
        return None
    ends = [start + high - low for start, (low, high) in zip(known, secret.ranges, strict=True)]
    return _Part(known[0], ends[-1], is_scattered=known[1:] != ends[:-1])


def _may_contain(text: JoinedText, start: int, end: int, parts: Sequence[_Part]) -> bool:
    """Return whether a secret in this range may contain these parts, and is longer than they are.

    None of them may be the beginning of a text that comes again. If other bytes are within one,
    the secret begins with it.
    """
    first, last = min(part.start for part in parts), max(part.end for part in parts)
    is_longer = start < first or last < end or any(part.is_scattered for part in parts)
    is_inside = start <= first and last <= end
    is_first = first == start or not any(part.is_scattered for part in parts)
    is_repeated = any(text.repeats_beginning(part.start, part.end) for part in parts)
    return is_inside and is_longer and is_first and not is_repeated
