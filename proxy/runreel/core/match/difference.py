"""What tells two requests apart, as people read it: by place, with what stands there as short text,
and what is likely to be behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from runreel.core.match.canonical_json import format_readable, get_number
from runreel.core.match.place import Absent, ComparedValue, Mismatch
from runreel.core.match.volatile import find_volatile_kind, find_volatile_number_kind
from runreel.core.match.word_diff import diff_words

_MAX_CHARS = 60
_WHOLE_PARTS = frozenset({"method", "path", "body"})
"""What is shown as it is, and cannot be ignored."""

_TOO_DEEP = "a value nested too deep to be shown"

MAX_LISTED = 20
"""Differences that are described; all others are counted."""


class Difference(NamedTuple):
    """One place where two requests differ."""

    path: str
    """``method``, ``path``, ``query.after``, ``form.purpose``, ``headers.openai-beta``,
    ``$.tools[0].type``, or ``body`` as a whole: as ``[match] ignore`` takes it."""
    recorded: str
    """What stands there, shortened; ``nothing`` where this side has no such place."""
    sent: str
    words: str = ""
    """How two long texts differ, word by word."""
    volatile: str = ""
    """What it is, if it is new with each request: ``a UUID``."""
    within: str = ""
    """The name of the tool, or other named element of an array, that it belongs to."""
    reordered: bool = False
    """Whether they are the same elements in another order."""

    @property
    def description(self) -> str:
        """The difference in words."""
        if self.reordered:
            return f"{self.path}: the same elements in another order"
        if self.words:
            return f"{self.path}: {self.words}"
        return f"{self.path}: recorded {self.recorded}, sent {self.sent}"


class Differences(NamedTuple):
    """All places where two requests differ: the first ones, and how many more there are."""

    listed: tuple[Difference, ...]
    more: int = 0


def describe_differences(mismatches: Iterable[Mismatch]) -> Differences:
    """The differences in these places."""
    rest: Iterator[Mismatch] = iter(mismatches)
    listed = tuple(_describe(place) for place in islice(rest, MAX_LISTED))
    return Differences(listed, sum(1 for _ in rest))


def _describe(mismatch: Mismatch) -> Difference:
    one, other = mismatch.recorded, mismatch.sent
    recorded, sent = _format_value(mismatch.name, one), _format_value(mismatch.name, other)
    words = volatile = ""
    if isinstance(one, str) and isinstance(other, str) and mismatch.name not in _WHOLE_PARTS:
        volatile = find_volatile_kind(_get_member_name(mismatch), one, other)
        if max(len(recorded), len(sent)) >= _MAX_CHARS:
            words = diff_words(one, other)
    elif (numbers := (get_number(one), get_number(other))) and all(numbers):
        volatile = find_volatile_number_kind(_get_member_name(mismatch), *numbers)
    shown = format_readable(words) if words else ""
    return Difference(
        mismatch.path, recorded, sent, shown, volatile, mismatch.within, mismatch.reordered
    )


def _get_member_name(mismatch: Mismatch) -> str:
    """The name under which the value stands."""
    names = [part for part in mismatch.keys if isinstance(part, str)]
    return names[-1] if names else mismatch.name.rpartition(".")[2]


def _format_value(name: str, value: ComparedValue) -> str:
    if isinstance(value, Absent):
        return value.value
    if isinstance(value, str) and name in _WHOLE_PARTS:
        return _shorten(value)
    try:
        return _shorten(format_readable(value))
    except RecursionError:
        return _TOO_DEEP


def _shorten(text: str) -> str:
    return text if len(text) <= _MAX_CHARS else f"{text[: _MAX_CHARS - 1]}…"
