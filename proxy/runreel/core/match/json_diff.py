"""The places in which two JSON values differ."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import zip_longest

from runreel.core.match.canonical_json import IGNORED, Tree
from runreel.core.match.ends import same_at_ends
from runreel.core.match.place import Absent, Place, Side

_DEEPEST = 100
"""Levels down to which a difference is followed: each costs a comparison of all that is below."""


def places_in_trees(recorded: Tree, sent: Tree) -> Iterator[Place]:
    """Every place where two values differ, in the order of the first one.

    Walks both with a stack of its own: bodies nest deeper than Python calls.
    """
    pending = [Place("$", (), recorded, sent)]
    while pending:
        place = pending.pop()
        if place.recorded == place.sent:
            continue
        inner = _inner(place) if len(place.parts) < _DEEPEST else None
        if inner is None:
            yield place
        else:
            pending += reversed(inner)


def _inner(place: Place) -> list[Place] | None:
    """The places within two objects or two arrays; None where there are no two such."""
    one, other = place.recorded, place.sent
    if isinstance(one, dict) and isinstance(other, dict) and "" not in one and "" not in other:
        names = dict.fromkeys((*one, *other))
        pairs = [(one.get(name, Absent.HERE), other.get(name, Absent.HERE)) for name in names]
        return _below(place, zip(names, pairs, strict=True))
    if not isinstance(one, list) or not isinstance(other, list) or place.reordered:
        return None
    return _in_arrays(place, one, other)


def _in_arrays(place: Place, one: list[Tree], other: list[Tree]) -> list[Place]:
    """Pairs elements by their positions, but for what is the same at either end."""
    first, rest = same_at_ends(one, other)
    old, new = one[first : len(one) - rest], other[first : len(other) - rest]
    if _is_reordered(old, new):
        return [place._replace(reordered=True)]
    pairs = enumerate(zip_longest(old, new, fillvalue=Absent.HERE), start=first)
    named = [_titled(below) for below in _below(place, pairs)]
    return [each for each in named if IGNORED not in (each.recorded, each.sent)]


def _is_reordered(old: list[Tree], new: list[Tree]) -> bool:
    return len(old) == len(new) > 1 and old[0] in new and _elements(old) == _elements(new)


def _elements(array: list[Tree]) -> Counter[str]:
    return Counter(json.dumps(element, sort_keys=True) for element in array)


def _below(place: Place, pairs: Iterable[tuple[str | int, tuple[Side, Side]]]) -> list[Place]:
    return [
        Place("$", (*place.parts, part), old, new, within=place.within)
        for part, (old, new) in pairs
    ]


def _titled(place: Place) -> Place:
    """With the name of the element that it is, if it has one."""
    title = _title(place.recorded) or _title(place.sent)
    return place._replace(within=title) if title else place


def _title(side: Side) -> str:
    if not isinstance(side, dict):
        return ""
    function = side.get("function")
    name = side.get("name") or (function.get("name") if isinstance(function, dict) else "")
    return name if isinstance(name, str) else ""
