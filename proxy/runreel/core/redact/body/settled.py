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

_MIN_INSIDE = 0.75
"""Share of a random text that must be a part of a longer secret."""

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
    is_general: bool = False
    """True if only its randomness makes it a secret."""


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
        self,
        text: JoinedText,
        start: int,
        end: int,
        *,
        is_continued: bool,
        has_form: bool = False,
        is_general: bool = False,
    ) -> set[int] | None:
        """Return the indices of the settled secrets that are parts of one in this range of a text.

        Returns None if what is in this range cannot be a secret, because a settled one contradicts
        it: it is whole, it is personal, it is partly outside of the range, or the rest of the range
        is a word or the beginning of a text that comes again; or it is more than random, as what is
        in the range is not.
        ``is_continued``: the pieces of the text certainly continue one another. ``has_form``: what
        is in this range has the form of a certain key, and does not merely look random, as it does
        if ``is_general``.
        """
        indices = {
            index
            for low, high in text.iter_ranges(start, end)
            for index in self._find_overlapping(low, high)
        }
        guessed = {
            each for each in indices if has_form and self._is_guessed(text, start, end, each)
        }
        indices -= guessed
        if not indices:
            return guessed
        secrets = [self._secrets[index] for index in indices]
        if is_general and not all(secret.is_general for secret in secrets):
            return None
        parts = [part for secret in secrets if (part := _locate(text, secret)) is not None]
        is_certain = any(
            each.is_whole or (each.is_personal and (each.is_joined or not is_continued))
            for each in secrets
        )
        if is_certain or len(parts) < len(secrets) or not _may_contain(text, start, end, parts):
            return None
        if any(part.is_scattered for part in parts):
            # It may be every second piece of the whole secret. If ids differ, two texts alternate.
            return None if text.crosses_ids(start, end) else guessed
        parts_end = max(part.end for part in parts)
        if is_general and parts_end == end:
            return None  # more of the name before a random text makes it no other secret
        rest = text.data[parts_end:end]
        is_short = len(rest) <= _MAX_CHANCE and all(secret.is_joined for secret in secrets)
        is_new_text = is_short or is_word(rest) or text.repeats_beginning(parts_end, end)
        return None if rest and is_new_text else indices | guessed

    def _is_guessed(self, text: JoinedText, start: int, end: int, index: int) -> bool:
        """Return whether a settled secret is only every second piece of the one in this range.

        It may have a little more, if it is but random.
        """
        secret = self._secrets[index]
        part = None if secret.is_personal or secret.is_whole else _locate(text, secret)
        if part is None or not part.is_scattered or text.crosses_ids(start, end):
            return False
        length = sum(high - low for low, high in secret.ranges)
        inside = sum(
            max(0, min(high, part_end) - max(low, part_start))
            for low, high in text.iter_ranges(start, end)
            for part_start, part_end in secret.ranges
        )
        return inside >= (_MIN_INSIDE if secret.is_general else 1) * length

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
