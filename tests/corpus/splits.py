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


def cut_at(text: str, places: Sequence[int]) -> list[str]:
    """The text in pieces that begin at these places, given in ascending order."""
    return [text[start:end] for start, end in pairwise((0, *places, len(text)))]


def _keep_whole(before: str, carried: str, after: str, dice: Dice) -> list[str]:
    return [before + carried + after]


def _split_around(before: str, carried: str, after: str, dice: Dice) -> list[str]:
    return [before, carried, after]


def _split_letters(before: str, carried: str, after: str, dice: Dice) -> list[str]:
    return [before, *carried, after]


def _split_tokens(before: str, carried: str, after: str, dice: Dice) -> list[str]:
    text = before + carried + after
    places: list[int] = []
    at = dice.number(1, _TOKEN)
    while at < len(text):
        places.append(at)
        at += dice.number(1, 2 * _TOKEN - 1)
    return cut_at(text, places)


def _split_in_five(before: str, carried: str, after: str, dice: Dice) -> list[str]:
    return [before, *cut_at(carried, dice.numbers(len(carried), 4)), after]


def _split_with_empty(before: str, carried: str, after: str, dice: Dice) -> list[str]:
    pieces = _split_in_five(before, carried, after, dice)
    return [piece for one in pieces for piece in (one, "")]


def split_at(place: int) -> Split:
    """Two pieces, the second of which begins at this place of the carried text."""
    return lambda before, carried, after, dice: cut_at(
        before + carried + after, [len(before) + place]
    )


SPLITS: Mapping[str, Split] = {
    "whole": _keep_whole,
    "alone": _split_around,
    "letters": _split_letters,
    "tokens": _split_tokens,
    "five": _split_in_five,
    "with-empty": _split_with_empty,
}


Framing = Callable[[Sequence[bytes], Dice], tuple[Frame, ...]]
"""Events to the frames in which they come."""


def _build_frames(lengths: Sequence[int]) -> tuple[Frame, ...]:
    return tuple(
        Frame(_STEP_US * place, length, True) for place, length in enumerate(lengths, start=1)
    )


def _frame_by_event(events: Sequence[bytes], dice: Dice) -> tuple[Frame, ...]:
    return _build_frames([len(event) for event in events])


def _frame_at_once(events: Sequence[bytes], dice: Dice) -> tuple[Frame, ...]:
    return _build_frames([sum(map(len, events))])


def _frame_anywhere(events: Sequence[bytes], dice: Dice) -> tuple[Frame, ...]:
    size = sum(map(len, events))
    places = dice.numbers(size, len(events) + 3)
    return _build_frames([end - start for start, end in pairwise((0, *places, size))])


def _frame_bytewise(events: Sequence[bytes], dice: Dice) -> tuple[Frame, ...]:
    return _build_frames([1] * sum(map(len, events)))


FRAMINGS: Mapping[str, Framing] = {
    "by-event": _frame_by_event,
    "at-once": _frame_at_once,
    "anywhere": _frame_anywhere,
    "bytewise": _frame_bytewise,
}
"""How the bytes of a stream come off the wire; ``anywhere`` cuts characters in two as well."""
