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
    for view in text.readings():
        for start, end, rule in detector.find(_without_placeholders(view.data)):
            # A backslash behind a value belongs to what follows: to a quote of nested JSON.
            value = view.data[start:end].rstrip(b"\\")
            yield Look(view.start(start), view.end(start + len(value)), rule, value)


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
