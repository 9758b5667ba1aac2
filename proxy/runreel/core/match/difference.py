"""What tells two requests apart, as people read it: by place, with what stands there as short text,
and what is likely to be behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from runreel.core.match.canonical_json import number_of, readable
from runreel.core.match.place import Absent, Place, Side
from runreel.core.match.volatile import volatile_kind, volatile_number
from runreel.core.match.word_diff import word_difference

_LONGEST = 60
_WHOLE = frozenset({"method", "path", "body"})
"""What is shown as it is, and cannot be ignored."""

_TOO_DEEP = "a value nested too deep to be shown"

LISTED = 20
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
    def told(self) -> str:
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


def described(places: Iterable[Place]) -> Differences:
    """The differences in these places."""
    rest: Iterator[Place] = iter(places)
    listed = tuple(_described(place) for place in islice(rest, LISTED))
    return Differences(listed, sum(1 for _ in rest))


def _described(place: Place) -> Difference:
    one, other = place.recorded, place.sent
    recorded, sent = _shown(place.name, one), _shown(place.name, other)
    words = volatile = ""
    if isinstance(one, str) and isinstance(other, str) and place.name not in _WHOLE:
        volatile = volatile_kind(_member(place), one, other)
        if max(len(recorded), len(sent)) >= _LONGEST:
            words = word_difference(one, other)
    elif (numbers := (number_of(one), number_of(other))) and all(numbers):
        volatile = volatile_number(_member(place), *numbers)
    shown = readable(words) if words else ""
    return Difference(place.path, recorded, sent, shown, volatile, place.within, place.reordered)


def _member(place: Place) -> str:
    """The name under which the value stands."""
    names = [part for part in place.parts if isinstance(part, str)]
    return names[-1] if names else place.name.rpartition(".")[2]


def _shown(name: str, side: Side) -> str:
    if isinstance(side, Absent):
        return side.value
    if isinstance(side, str) and name in _WHOLE:
        return _short(side)
    try:
        return _short(readable(side))
    except RecursionError:
        return _TOO_DEEP


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
