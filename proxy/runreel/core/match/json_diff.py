"""Find the places where two JSON values differ."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import zip_longest

from runreel.core.match.canonical_json import IGNORED, CanonicalJson
from runreel.core.match.ends import count_common_ends
from runreel.core.match.place import Absent, ComparedValue, Mismatch

_MAX_DEPTH = 100
"""Levels to descend into differing values: each level compares everything below it again."""


def diff_json(recorded: CanonicalJson, sent: CanonicalJson) -> Iterator[Mismatch]:
    """Yield every place where two values differ, in the order of ``recorded``.

    The walk keeps its own stack, because bodies can nest deeper than Python can recurse.
    """
    pending = [Mismatch("$", (), recorded, sent)]
    while pending:
        mismatch = pending.pop()
        if mismatch.recorded == mismatch.sent:
            continue
        children = _split(mismatch) if len(mismatch.keys) < _MAX_DEPTH else None
        if children is None:
            yield mismatch
        else:
            pending += reversed(children)


def _split(mismatch: Mismatch) -> list[Mismatch] | None:
    """Pair the members of two objects or the elements of two arrays.

    Return None if the values are of different types or have no members to pair.
    """
    old, new = mismatch.recorded, mismatch.sent
    if isinstance(old, dict) and isinstance(new, dict) and "" not in old and "" not in new:
        names = dict.fromkeys((*old, *new))
        pairs = [(old.get(name, Absent.ENTRY), new.get(name, Absent.ENTRY)) for name in names]
        return _build_children(mismatch, zip(names, pairs, strict=True))
    if not isinstance(old, list) or not isinstance(new, list) or mismatch.reordered:
        return None
    return _diff_arrays(mismatch, old, new)


def _diff_arrays(
    parent: Mismatch, recorded: list[CanonicalJson], sent: list[CanonicalJson]
) -> list[Mismatch]:
    """Pair elements by position, without the common elements at both ends."""
    prefix, suffix = count_common_ends(recorded, sent)
    old, new = recorded[prefix : len(recorded) - suffix], sent[prefix : len(sent) - suffix]
    if _is_reordered(old, new):
        return [parent._replace(reordered=True)]
    pairs = enumerate(zip_longest(old, new, fillvalue=Absent.ENTRY), start=prefix)
    children = [_add_element_name(child) for child in _build_children(parent, pairs)]
    return [child for child in children if IGNORED not in (child.recorded, child.sent)]


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
        Mismatch("$", (*parent.keys, key), old, new, within=parent.within)
        for key, (old, new) in pairs
    ]


def _add_element_name(mismatch: Mismatch) -> Mismatch:
    """Set ``within`` to the name of the element, if it has one."""
    name = _get_element_name(mismatch.recorded) or _get_element_name(mismatch.sent)
    return mismatch._replace(within=name) if name else mismatch


def _get_element_name(element: ComparedValue) -> str:
    if not isinstance(element, dict):
        return ""
    function = element.get("function")
    name = element.get("name") or (function.get("name") if isinstance(function, dict) else "")
    return name if isinstance(name, str) else ""
