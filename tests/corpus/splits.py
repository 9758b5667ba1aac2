"""The ways in which a text comes in pieces, and a body in frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from corpus.values import Dice
from runreel.model import Frame

_TOKEN = 4
"""Characters of a token: what most models send at a time."""
_STEP_US = 1_000

Split = Callable[[str, str, str, Dice], list[str]]
"""``(before, carried, after, dice)`` to the pieces of all three, joined."""


def cut(text: str, places: Sequence[int]) -> list[str]:
    """The text in pieces that begin at these places, given in ascending order."""
    return [text[start:end] for start, end in pairwise((0, *places, len(text)))]


def _whole(before: str, carried: str, after: str, dice: Dice) -> list[str]:
    return [before + carried + after]


def _alone(before: str, carried: str, after: str, dice: Dice) -> list[str]:
    return [before, carried, after]


def _letters(before: str, carried: str, after: str, dice: Dice) -> list[str]:
    return [before, *carried, after]


def _tokens(before: str, carried: str, after: str, dice: Dice) -> list[str]:
    text = before + carried + after
    places: list[int] = []
    at = dice.number(1, _TOKEN)
    while at < len(text):
        places.append(at)
        at += dice.number(1, 2 * _TOKEN - 1)
    return cut(text, places)


def _five(before: str, carried: str, after: str, dice: Dice) -> list[str]:
    return [before, *cut(carried, dice.numbers(len(carried), 4)), after]


def _with_empty(before: str, carried: str, after: str, dice: Dice) -> list[str]:
    pieces = _five(before, carried, after, dice)
    return [piece for one in pieces for piece in (one, "")]


def two_at(place: int) -> Split:
    """Two pieces, the second of which begins at this place of the carried text."""
    return lambda before, carried, after, dice: cut(before + carried + after, [len(before) + place])


SPLITS: Mapping[str, Split] = {
    "whole": _whole,
    "alone": _alone,
    "letters": _letters,
    "tokens": _tokens,
    "five": _five,
    "with-empty": _with_empty,
}


Framing = Callable[[Sequence[bytes], Dice], tuple[Frame, ...]]
"""Events to the frames in which they come."""


def _frames(lengths: Sequence[int]) -> tuple[Frame, ...]:
    return tuple(
        Frame(_STEP_US * place, length, True) for place, length in enumerate(lengths, start=1)
    )


def _by_event(events: Sequence[bytes], dice: Dice) -> tuple[Frame, ...]:
    return _frames([len(event) for event in events])


def _at_once(events: Sequence[bytes], dice: Dice) -> tuple[Frame, ...]:
    return _frames([sum(map(len, events))])


def _anywhere(events: Sequence[bytes], dice: Dice) -> tuple[Frame, ...]:
    size = sum(map(len, events))
    places = dice.numbers(size, len(events) + 3)
    return _frames([end - start for start, end in pairwise((0, *places, size))])


def _bytewise(events: Sequence[bytes], dice: Dice) -> tuple[Frame, ...]:
    return _frames([1] * sum(map(len, events)))


FRAMINGS: Mapping[str, Framing] = {
    "by-event": _by_event,
    "at-once": _at_once,
    "anywhere": _anywhere,
    "bytewise": _bytewise,
}
"""How the bytes of a stream come off the wire; ``anywhere`` cuts characters in two as well."""
