"""Splits of a text into pieces, and of a body into frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from corpus.values import Dice
from runreel.model import Frame

_TOKEN = 4
"""Mean length of a token in characters."""
_STEP_US = 1_000

Split = Callable[[str, str, str, Dice], list[str]]
"""A function from ``(before, payload, after, dice)`` to the pieces of the three, joined."""


def cut_at(text: str, places: Sequence[int]) -> list[str]:
    """Return the text in pieces, cut at these offsets, which are in ascending order."""
    return [text[start:end] for start, end in pairwise((0, *places, len(text)))]


def _keep_whole(before: str, payload: str, after: str, dice: Dice) -> list[str]:
    return [before + payload + after]


def _split_around(before: str, payload: str, after: str, dice: Dice) -> list[str]:
    return [before, payload, after]


def _split_letters(before: str, payload: str, after: str, dice: Dice) -> list[str]:
    return [before, *payload, after]


def _split_tokens(before: str, payload: str, after: str, dice: Dice) -> list[str]:
    text = before + payload + after
    places: list[int] = []
    at = dice.number(1, _TOKEN)
    while at < len(text):
        places.append(at)
        at += dice.number(1, 2 * _TOKEN - 1)
    return cut_at(text, places)


def _split_in_five(before: str, payload: str, after: str, dice: Dice) -> list[str]:
    return [before, *cut_at(payload, dice.numbers(len(payload), 4)), after]


def _split_with_empty(before: str, payload: str, after: str, dice: Dice) -> list[str]:
    pieces = _split_in_five(before, payload, after, dice)
    return [piece for one in pieces for piece in (one, "")]


def split_at(place: int) -> Split:
    """Return a split into two pieces, at this offset of the payload."""
    return lambda before, payload, after, dice: cut_at(
        before + payload + after, [len(before) + place]
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
"""A function from events to the frames in which they arrive."""


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
"""Divisions of a stream's bytes into frames; ``anywhere`` also splits characters."""
