"""Find the places where two JSON values differ, with the elements of arrays aligned.

Both values are canonical JSON, and the right one has the ids of the left one. Elements of arrays
are aligned as lines are in a diff of texts, so that an inserted message is one change. A string
that is JSON itself, such as the arguments of a tool, is compared by its members.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple, Protocol, TypeAlias

from runreel.core.diff.ids.members import CONTENT, is_moment
from runreel.core.match.canonical_json import CanonicalJson, get_number, parse_canonical
from runreel.core.match.json_diff import (
    Absent,
    ComparedValue,
    JsonKeys,
    Mismatch,
    count_common_ends,
)

_MAX_DEPTH = 100
"""Levels to descend: each level compares everything below it again."""

_MAX_ALIGNED = 300
"""Elements of two arrays that are aligned, between their common ends: the time is quadratic."""

_JSON_STARTS = ("{", "[")

_ValuePair: TypeAlias = tuple[ComparedValue, ComparedValue]


class ValueFolding(Protocol):
    """Decides which different texts are the same."""

    def are_same(self, name: str, left: str, right: str) -> bool:
        """Return whether two texts of a member with this name mean the same."""
        ...

    def is_noise(self, name: str) -> bool:
        """Return whether a member with this name means nothing."""
        ...


class ValueChange(NamedTuple):
    """One place where two values differ."""

    keys: JsonKeys
    left: ComparedValue
    right: ComparedValue
    holders: tuple[str, ...] = ()
    """Role, type or name of the array elements around it, from the outside in."""
    within: str = ""
    """Name of the innermost named element around it, such as a tool."""
    is_in_text: bool = False
    """True if the place is in a string that is JSON itself."""

    @property
    def is_reordered(self) -> bool:
        """True if both values are arrays with the same elements in another order."""
        return isinstance(self.left, list) and isinstance(self.right, list)

    @property
    def is_data(self) -> bool:
        """True if a model or a program has made the value, so that its name is not the API's."""
        return self.is_in_text or not CONTENT.isdisjoint(self.keys)

    @property
    def name(self) -> str:
        """The innermost member name."""
        return next((key for key in reversed(self.keys) if isinstance(key, str)), "")

    @property
    def path(self) -> str:
        """The place as a JSON path."""
        return Mismatch("$", self.keys, None, None).path


def diff_values(
    left: CanonicalJson, right: CanonicalJson, folding: ValueFolding, *, are_data: bool = False
) -> Iterator[ValueChange]:
    """Yield every place where two values differ, in the order of the left one.

    ``are_data``: the values are what a model or a program has made, so no member is the API's own.
    The walk keeps its own stack, because bodies can nest deeper than Python can recurse.
    """
    pending = [iter((ValueChange((), left, right, is_in_text=are_data),))]
    while pending:
        change = next(pending[-1], None)
        if change is None:
            pending.pop()
        elif change.left != change.right and not folding.is_noise(change.name):
            children = _split(change) if len(change.keys) < _MAX_DEPTH else None
            if children is not None:
                pending.append(children)
            elif not _is_same_leaf(change, folding):
                yield change


def _is_same_leaf(change: ValueChange, folding: ValueFolding) -> bool:
    old, new = change.left, change.right
    if isinstance(old, str) and isinstance(new, str):
        return folding.are_same("" if change.is_data else change.name, old, new)
    are_numbers = bool(get_number(old) and get_number(new))
    return are_numbers and is_moment(change.name) and not change.is_data


def _split(change: ValueChange) -> Iterator[ValueChange] | None:
    """Pair the unequal members or elements of two values; None if they have none."""
    old, new = change.left, change.right
    if isinstance(old, str) and isinstance(new, str):
        parsed = _parse(old), _parse(new)
        if None in parsed:
            return None
        return iter([change._replace(left=parsed[0], right=parsed[1], is_in_text=True)])
    if isinstance(old, dict) and isinstance(new, dict) and "" not in old and "" not in new:
        return (
            change._replace(keys=(*change.keys, name), left=left, right=right)
            for name, left, right in _iter_unequal_members(old, new)
        )
    if not isinstance(old, list) or not isinstance(new, list):
        return None
    return _split_arrays(change, old, new)


def _iter_unequal_members(
    old: dict[str, CanonicalJson], new: dict[str, CanonicalJson]
) -> Iterator[tuple[str, ComparedValue, ComparedValue]]:
    """Yield name and values of each member that is not equal in both: first those of ``old``."""
    for name, value in old.items():
        other = new.get(name, Absent.ENTRY)
        if value != other:
            yield name, value, other
    for name, value in new.items():
        if name not in old:
            yield name, Absent.ENTRY, value


def _parse(text: str) -> ComparedValue:
    """Return the value of a text that is a JSON object or array, else None."""
    if not text.lstrip()[:1].startswith(_JSON_STARTS):
        return None
    try:
        return parse_canonical(text.encode())
    except ValueError:
        return None


def _build_element(parent: ValueChange, index: int, pair: _ValuePair) -> ValueChange:
    old, new = pair
    holder = describe_element(old) or describe_element(new)
    return parent._replace(
        keys=(*parent.keys, index),
        left=old,
        right=new,
        holders=(*parent.holders, holder),
        within=_get_name(old) or _get_name(new) or parent.within,
    )


def _split_arrays(
    change: ValueChange, left: list[CanonicalJson], right: list[CanonicalJson]
) -> Iterator[ValueChange] | None:
    """Pair the elements of two arrays; None if the right one has the same in another order."""
    prefix, suffix = count_common_ends(left, right)
    old, new = left[prefix : len(left) - suffix], right[prefix : len(right) - suffix]
    if max(len(old), len(new)) > _MAX_ALIGNED:
        pairs = enumerate(zip_longest(old, new, fillvalue=Absent.ENTRY), start=prefix)
        return (_build_element(change, index, pair) for index, pair in pairs if pair[0] != pair[1])
    keys = [[json.dumps(each, sort_keys=True) for each in values] for values in (old, new)]
    if len(old) > 1 and sorted(keys[0]) == sorted(keys[1]):
        return None
    return (
        _build_element(change, prefix + index, pair)
        for start, end, new_start, new_end in _iter_unequal(*keys)
        for index, pair in _align_by_holder(old[start:end], new[new_start:new_end], start)
    )


def _iter_unequal(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yield the ranges in which two sequences differ."""
    for tag, *ends in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            start, end, new_start, new_end = ends
            yield start, end, new_start, new_end


def _align_by_holder(
    old: Sequence[CanonicalJson], new: Sequence[CanonicalJson], first: int
) -> Iterator[tuple[int, _ValuePair]]:
    """Pair elements of the same role, type and name; the others are missing or added."""
    keys = [[describe_element(each) + _get_name(each) for each in values] for values in (old, new)]
    matcher = SequenceMatcher(None, keys[0], keys[1], autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        removed: Sequence[ComparedValue] = old[start:end]
        added: Sequence[ComparedValue] = new[new_start:new_end]
        pairs = zip_longest(removed, added, fillvalue=Absent.ENTRY)
        yield from enumerate(pairs, start=first + (start if tag != "insert" else new_start))


def describe_element(element: object) -> str:
    """Return the role or type of an array element: ``user``, ``tool_result``; may be empty."""
    if not isinstance(element, dict):
        return ""
    word = element.get("role") or element.get("type")
    return word if isinstance(word, str) else ""


def _get_name(element: object) -> str:
    if not isinstance(element, dict):
        return ""
    function = element.get("function")
    name = element.get("name") or (function.get("name") if isinstance(function, dict) else "")
    return name if isinstance(name, str) else ""
