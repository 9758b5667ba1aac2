"""Common beginnings and ends of two long texts, and the rests between them."""

from __future__ import annotations

from typing import AnyStr

from msgspec import Struct


class TextDifference(Struct, frozen=True):
    """The parts of two texts in which they differ, with some of the common text around them."""

    recorded: str
    sent: str
    skipped: int
    """Number of common characters before the parts."""
    is_cut: bool
    """True if common text after the parts was left out."""


def count_common_characters(one: AnyStr, other: AnyStr) -> int:
    """Return the length of the common beginning; by halves, since slices compare at once.

    Of bytes, it is the number of common bytes.
    """
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def cut_to_difference(recorded: str, sent: str, *, margin: int) -> TextDifference:
    """Cut off what two texts have in common, but for a margin of whole words at both ends."""
    prefix = count_common_characters(recorded, sent)
    rest = min(len(recorded), len(sent)) - prefix
    suffix = count_common_characters(_reverse_end(recorded, rest), _reverse_end(sent, rest))
    start = prefix - len(_keep_end(recorded[:prefix], margin))
    tail = recorded[len(recorded) - suffix :]
    kept = len(_keep_start(tail, margin))
    old_end, new_end = (len(text) - suffix + kept for text in (recorded, sent))
    return TextDifference(recorded[start:old_end], sent[start:new_end], start, kept < len(tail))


def _reverse_end(text: str, length: int) -> str:
    return text[len(text) - length :][::-1]


def _keep_end(text: str, margin: int) -> str:
    if len(text) <= margin:
        return text
    return text[len(text) - margin :].partition(" ")[2] or text[len(text) - margin :]


def _keep_start(text: str, margin: int) -> str:
    if len(text) <= margin:
        return text
    return text[:margin].rpartition(" ")[0] or text[:margin]
