"""What the rules make of a text, in each way that a reader may see it.

A rule that knows a secret's own shape is sure of it. One that knows only the word before it
(``password:``) guesses where it ends, and yields to whoever is sure.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from runreel.core.redact.detector import Detector
from runreel.core.redact.rules import Rule
from runreel.core.redact.texts import Text
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

_SHORTEST_PART = 8
"""Bytes of a key that are worth anything."""


class Look(NamedTuple):
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


def looks_in(text: Text, detector: Detector) -> Iterator[Look]:
    """What the rules find in a text; what is found in several readings comes several times."""
    for view in Text(_without_placeholders(text.data), text.kind).readings():
        for start, end, rule in detector.find(view.data):
            # A backslash behind a value belongs to what follows: to a quote of nested JSON.
            value = view.data[start:end].rstrip(b"\\")
            yield Look(view.start(start), view.end(start + len(value)), rule, value)


def looks_at_end(text: Text, detector: Detector) -> Iterator[Look]:
    """What the rules would find at the end of a text that breaks off, if it went on.

    Half a key is as much of a leak as most of it.
    """
    data = _without_placeholders(text.data)
    yield from _with_ending(data[-_LONG_TAIL:], _DIGITS, text, detector)
    for ending in _ENDINGS:
        yield from _with_ending(data[-_TAIL:], ending, text, detector)


def _with_ending(tail: bytes, ending: bytes, text: Text, detector: Detector) -> Iterator[Look]:
    shift = len(text.data) - len(tail)
    for look in looks_in(Text(tail + ending, text.kind), detector):
        value = look.value[: len(look.value) - max(look.end - len(tail), 0)]
        reaches_on = look.end > len(tail) and len(value) >= _SHORTEST_PART
        if reaches_on and not look.rule.personal and not look.is_guess:
            yield look._replace(start=look.start + shift, end=len(text.data), value=value)


def without_wrong_guesses(
    looks: Sequence[Look], announced: Iterable[tuple[int, int]]
) -> Sequence[Look]:
    """The looks but for guesses that overlap one that is sure, or what a name has announced."""
    if not any(look.is_guess for look in looks):
        return looks
    known = [
        (look.start, look.end) for look in looks if not look.is_guess and not look.rule.personal
    ]
    sure = sorted([*known, *announced])
    reached = list(accumulate((end for _, end in sure), max))

    def is_wrong(look: Look) -> bool:
        begun = bisect_left(sure, (look.end,))
        return look.is_guess and begun > 0 and reached[begun - 1] > look.start

    return [look for look in looks if not is_wrong(look)]


def _without_placeholders(data: bytes) -> bytes:
    """The data with quotes in place of placeholders: no rule's match reaches across a quote."""
    if b"REDACTED-" not in data:
        return data
    return PLACEHOLDER.sub(lambda match: b'"' * len(match[0]), data)
