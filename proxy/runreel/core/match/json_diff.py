"""Find the places where two JSON values differ.

A ``Mismatch`` is one such place with both values; other parts of two requests are compared in
``request_diff``, which yields the same type.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from itertools import zip_longest
from operator import ne
from typing import NamedTuple, TypeAlias

from runreel.core.match.canonical_json import IGNORED, CanonicalJson
from runreel.core.regex.lazy_pattern import compile_later

_MAX_DEPTH = 100
"""Levels to descend into differing values: each level compares everything below it again."""

_PLAIN_NAME = compile_later(r"[^\W\d][\w-]*")
_QUOTABLE = compile_later(r"[^'\\\x00-\x1f\x7f]*")


class Absent(Enum):
    """A missing value, which is different from null; the enum's values are shown to users."""

    ENTRY = "nothing"
    """There is no such member, element, parameter, field or header."""
    VALUE = "no value"
    """A query parameter or form field without ``=``."""


ComparedValue: TypeAlias = CanonicalJson | Absent
JsonKeys: TypeAlias = tuple[str | int, ...]
"""Member names and array positions from the root of a JSON value to one place in it."""


class Mismatch(NamedTuple):
    """One place where two requests differ, with both values."""

    name: str
    """``method``, ``path``, ``query.after``, ``form.purpose``, ``headers.openai-beta``, ``body``
    for the whole body, or ``$`` for a place in a JSON body."""
    keys: JsonKeys
    """The place in the JSON body; empty for everything else."""
    recorded: ComparedValue
    sent: ComparedValue
    within: str = ""
    """The name of the innermost named array element (a tool) that contains the place."""
    reordered: bool = False
    """True if both values are arrays with the same elements in a different order."""
    is_described: bool = False
    """True if the values are descriptions, such as of a body that was not kept."""

    @property
    def path(self) -> str:
        """The place in the notation of ``[match] ignore``: ``$.messages[0].id``."""
        return self.name + "".join(map(_format_key, self.keys))


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


def count_common_prefix(one: Iterable[object], other: Iterable[object]) -> int:
    """Return the number of equal elements at the start of both."""
    count = 0
    for differs in map(ne, one, other):
        if differs:
            break
        count += 1
    return count


def count_common_ends(one: Sequence[object], other: Sequence[object]) -> tuple[int, int]:
    """Return the lengths of the common prefix and of the common suffix, which never overlap."""
    prefix = count_common_prefix(one, other)
    suffix = count_common_prefix(reversed(one), reversed(other))
    return prefix, min(suffix, len(one) - prefix, len(other) - prefix)


def _format_key(key: str | int) -> str:
    """Format one key as JSON path does (RFC 9535): ``.a``, ``[0]``, ``['a b']``."""
    if isinstance(key, int):
        return f"[{key}]"
    if _PLAIN_NAME.fullmatch(key):
        return f".{key}"
    return f"['{key}']" if _QUOTABLE.fullmatch(key) else f"[{json.dumps(key)}]"
