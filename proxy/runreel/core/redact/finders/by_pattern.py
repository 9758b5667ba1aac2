"""What the rules make of a text, in each way that a reader may see it.

A rule that knows a secret's own shape is sure of it. One that knows only the word before it
(``password:``) guesses where it ends, and yields to whoever is sure.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from runreel.core.redact.finders.detector import Detector
from runreel.core.redact.rules import Rule
from runreel.core.redact.texts.encoded import mask_binary_runs
from runreel.core.redact.texts.text import Text
from runreel.core.redact.vault import PLACEHOLDER

_TAIL = 512
_LONG_TAIL = 8192
"""Bytes before the end in which a secret that breaks off begins: most are short, some are not."""

_DIGITS = b"273645725436" * 32
"""Digits that every alphabet of keys has, that of base32 too."""

_ENDINGS = (
    *(_DIGITS[:length] for length in range(1, 65)),
    *(_DIGITS[:length] + b"_" + _DIGITS[:8] for length in range(33)),
    _DIGITS[:8] + b"@a.io/",
)
"""How a key may go on: most kinds have a length of their own, some a checksum behind a ``_``, and
passwords in URLs a host."""

_REST_OF_ESCAPE = re.compile(rb"u[0-9a-fA-F]{4}|[bfnrt]")
_LONGEST_RUN = 64
"""Backslashes in a row."""

_PORT = re.compile(rb"[0-9]{1,5}/")
"""What a host's name is followed by, and a user's in no more than a few characters."""

_SHORTEST_PART = 8
"""Bytes of a key that are worth anything."""


class PatternMatch(NamedTuple):
    """A secret at a place in a text."""

    start: int
    end: int
    rule: Rule
    value: bytes
    """Decoded: without the escapes of the text that it stands in."""

    @property
    def is_guess(self) -> bool:
        """Whether its end is where a word's value is likely to end."""
        return self.rule.group == "prose"


def find_matches(text: Text, detector: Detector) -> Iterator[PatternMatch]:
    """What the rules find in a text; what is found in several readings comes several times."""
    for view in Text(_blank_unsearchable(text.data), text.kind).iter_views():
        for start, end, rule in detector.find(view.data):
            begin = min(start + _count_escape_bytes(view.data, start), end)
            # A backslash behind a value belongs to what follows: to a quote of nested JSON.
            value = view.data[begin:end].rstrip(b"\\")
            if value:
                yield PatternMatch(
                    view.to_raw_start(begin), view.to_raw_end(begin + len(value)), rule, value
                )


def _count_escape_bytes(data: bytes, start: int) -> int:
    """How many bytes of an escape of JSON stand at ``start``, if it begins before: one in
    ``\\nann@…``, where the next reading finds the rest."""
    before = data[max(start - _LONGEST_RUN, 0) : start]
    backslashes = len(before) - len(before.rstrip(b"\\"))
    rest = _REST_OF_ESCAPE.match(data, start) if backslashes % 2 else None
    return rest.end() - start if rest is not None else 0


def find_matches_in_pieces(text: Text, detector: Detector) -> list[PatternMatch]:
    """The same for a text that may have come in pieces.

    Each may go on in the next, or be whole: ``{"card": …}`` in line after line. Where two of them
    are secrets as they stand they are records, and their borders count.
    """
    looks = list(find_matches(text, detector))
    apart = text.separate_pieces(_blank_placeholders(text.data))
    if apart is None:
        return looks
    alone = list(_locate_in_pieces(apart, find_matches(apart, detector)))
    records = _merge_overlapping({(look.start, look.end) for look, is_piece in alone if is_piece})
    if len(records) > 1:
        looks = [look for look in looks if not _overlaps_any(look, records)]
    return looks + _drop_covered([look for look, _ in alone], looks)


def _locate_in_pieces(
    apart: Text, looks: Iterable[PatternMatch]
) -> Iterator[tuple[PatternMatch, bool]]:
    """What is found in single pieces, where it stands in all of the text; whether it is one."""
    for look in looks:
        ranges = list(apart.iter_ranges(look.start, look.end))
        if len(ranges) == 1:
            [(start, end)] = ranges
            is_piece = apart.is_piece(look.start, look.end)
            yield look._replace(start=start, end=end), is_piece


def _overlaps_any(look: PatternMatch, records: Sequence[tuple[int, int]]) -> bool:
    """Whether it overlaps one of these, which are in order and apart."""
    place = bisect_right(records, look.start, key=lambda record: record[1])
    return place < len(records) and records[place][0] < look.end


def _drop_covered(
    looks: Iterable[PatternMatch], others: Sequence[PatternMatch]
) -> list[PatternMatch]:
    """The looks that are no part of one of the others; personal ones that touch no credential.

    Half a password and the host behind it look like an address.
    """
    places = sorted((other.start, other.end) for other in others)
    reached = list(accumulate((end for _, end in places), max))
    credentials = _merge_overlapping(
        (other.start, other.end) for other in others if not other.rule.is_personal
    )

    def is_told(look: PatternMatch) -> bool:
        begun = bisect_right(places, look.start, key=lambda place: place[0])
        is_part = begun > 0 and reached[begun - 1] >= look.end
        return is_part or (look.rule.is_personal and _overlaps_any(look, credentials))

    return [look for look in looks if not is_told(look)]


def _merge_overlapping(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The places in order, those that overlap made one."""
    apart: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if apart and start < apart[-1][1]:
            apart[-1] = apart[-1][0], max(end, apart[-1][1])
        else:
            apart.append((start, end))
    return apart


def find_matches_at_end(text: Text, detector: Detector) -> Iterator[PatternMatch]:
    """What the rules would find at the end of a text that breaks off, if it went on.

    Half a key is as much of a leak as most of it.
    """
    data = _blank_placeholders(text.data)
    yield from _find_with_ending(data[-_LONG_TAIL:], _DIGITS, text, detector)
    for ending in _ENDINGS:
        yield from _find_with_ending(data[-_TAIL:], ending, text, detector)


def _find_with_ending(
    tail: bytes, ending: bytes, text: Text, detector: Detector
) -> Iterator[PatternMatch]:
    shift = len(text.data) - len(tail)
    for look in find_matches(Text(tail + ending, text.kind), detector):
        value = look.value[: len(look.value) - max(look.end - len(tail), 0)]
        reaches_on = look.end > len(tail) and len(value) >= _SHORTEST_PART
        is_secret = not look.rule.is_personal and not look.is_guess and not _PORT.match(value)
        if reaches_on and is_secret:
            yield look._replace(start=look.start + shift, end=len(text.data), value=value)


def drop_wrong_guesses(
    looks: Sequence[PatternMatch], announced: Iterable[tuple[int, int]]
) -> Sequence[PatternMatch]:
    """The looks but for guesses that overlap one that is sure, or what a name has announced."""
    if not any(look.is_guess for look in looks):
        return looks
    known = [
        (look.start, look.end) for look in looks if not look.is_guess and not look.rule.is_personal
    ]
    sure = sorted([*known, *announced])
    reached = list(accumulate((end for _, end in sure), max))

    def is_wrong(look: PatternMatch) -> bool:
        begun = bisect_left(sure, (look.end,))
        return look.is_guess and begun > 0 and reached[begun - 1] > look.start

    return [look for look in looks if not is_wrong(look)]


def _blank_unsearchable(data: bytes) -> bytes:
    return mask_binary_runs(_blank_placeholders(data))


def _blank_placeholders(data: bytes) -> bytes:
    """The data with quotes in place of placeholders: no rule's match reaches across a quote."""
    if b"REDACTED-" not in data:
        return data
    return PLACEHOLDER.sub(lambda match: b'"' * len(match[0]), data)
