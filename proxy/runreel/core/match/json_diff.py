"""The places in which two JSON values differ."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import zip_longest

from runreel.core.match.canonical_json import IGNORED, CanonicalJson
from runreel.core.match.ends import count_common_ends
from runreel.core.match.place import Absent, ComparedValue, Mismatch

_MAX_DEPTH = 100
"""Levels down to which a difference is followed: each costs a comparison of all that is below."""


def diff_json(recorded: CanonicalJson, sent: CanonicalJson) -> Iterator[Mismatch]:
    """Every place where two values differ, in the order of the first one.

    Walks both with a stack of its own: bodies nest deeper than Python calls.
    """
    pending = [Mismatch("$", (), recorded, sent)]
    while pending:
        place = pending.pop()
        if place.recorded == place.sent:
            continue
        inner = _split(place) if len(place.keys) < _MAX_DEPTH else None
        if inner is None:
            yield place
        else:
            pending += reversed(inner)


def _split(mismatch: Mismatch) -> list[Mismatch] | None:
    """The places within two objects or two arrays; None where there are no two such."""
    one, other = mismatch.recorded, mismatch.sent
    if isinstance(one, dict) and isinstance(other, dict) and "" not in one and "" not in other:
        names = dict.fromkeys((*one, *other))
        pairs = [(one.get(name, Absent.ENTRY), other.get(name, Absent.ENTRY)) for name in names]
        return _build_children(mismatch, zip(names, pairs, strict=True))
    if not isinstance(one, list) or not isinstance(other, list) or mismatch.reordered:
        return None
    return _diff_arrays(mismatch, one, other)


def _diff_arrays(
    parent: Mismatch, one: list[CanonicalJson], other: list[CanonicalJson]
) -> list[Mismatch]:
    """Pairs elements by their positions, but for what is the same at either end."""
    first, rest = count_common_ends(one, other)
    old, new = one[first : len(one) - rest], other[first : len(other) - rest]
    if _is_reordered(old, new):
        return [parent._replace(reordered=True)]
    pairs = enumerate(zip_longest(old, new, fillvalue=Absent.ENTRY), start=first)
    named = [_add_element_name(below) for below in _build_children(parent, pairs)]
    return [each for each in named if IGNORED not in (each.recorded, each.sent)]


def _is_reordered(old: list[CanonicalJson], new: list[CanonicalJson]) -> bool:
    return (
        len(old) == len(new) > 1 and old[0] in new and _count_elements(old) == _count_elements(new)
    )


def _count_elements(array: list[CanonicalJson]) -> Counter[str]:
    return Counter(json.dumps(element, sort_keys=True) for element in array)


def _build_children(
    parent: Mismatch, pairs: Iterable[tuple[str | int, tuple[ComparedValue, ComparedValue]]]
) -> list[Mismatch]:
    return [
        Mismatch("$", (*parent.keys, part), old, new, within=parent.within)
        for part, (old, new) in pairs
    ]


def _add_element_name(mismatch: Mismatch) -> Mismatch:
    """With the name of the element that it is, if it has one."""
    title = _get_element_name(mismatch.recorded) or _get_element_name(mismatch.sent)
    return mismatch._replace(within=title) if title else mismatch


def _get_element_name(element: ComparedValue) -> str:
    if not isinstance(element, dict):
        return ""
    function = element.get("function")
    name = element.get("name") or (function.get("name") if isinstance(function, dict) else "")
    return name if isinstance(name, str) else ""
