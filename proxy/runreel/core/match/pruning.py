"""Remove the ignored places from a JSON value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from runreel.core.jsonpath import JsonPath, PathSegment
from runreel.core.match.canonical_json import (
    IGNORED,
    CanonicalJson,
    build_object,
    get_members,
    parse_canonical,
)

_Remainders: TypeAlias = list[Sequence[PathSegment]]
"""The segments still to be matched, of each path that matched so far."""


def parse_pruned(body: bytes, paths: Iterable[JsonPath]) -> CanonicalJson:
    """Parse a JSON text and remove what the paths select; raise ValueError if it is invalid."""
    value = parse_canonical(body)
    present = [path for path in paths if path.may_select(body)]
    return prune(value, present) if present else value


def prune(value: CanonicalJson, paths: Iterable[JsonPath]) -> CanonicalJson:
    """Return the value without the places that the paths select; ``value`` itself is modified.

    A selected member is removed. A selected array element is replaced with ``IGNORED``, so that
    the later elements keep their positions, or removed if it is at the end. The walk keeps its own
    stack, because bodies can nest deeper than Python can recurse.
    """
    remainders: _Remainders = [path.segments for path in paths]
    if any(not remainder for remainder in remainders):
        return IGNORED
    pending = [(value, remainders)]
    while pending:
        node, remainders = pending.pop()
        if isinstance(node, list):
            pending += _prune_array(node, remainders)
        elif isinstance(node, dict):
            pending += _prune_object(node, remainders)
    return value


def _prune_object(
    node: dict[str, CanonicalJson], remainders: _Remainders
) -> Iterator[tuple[CanonicalJson, _Remainders]]:
    """Remove the selected members; yield those members in which a path continues."""
    members = get_members(node)
    left: list[tuple[str, CanonicalJson]] = []
    for name, value in members:
        onward = _advance(remainders, name)
        if all(onward):
            left.append((name, value))
            if onward:
                yield value, onward
    if len(left) < len(members):
        node.clear()
        node.update(build_object(left))


def _prune_array(
    node: list[CanonicalJson], remainders: _Remainders
) -> Iterator[tuple[CanonicalJson, _Remainders]]:
    """Replace the selected elements; yield those elements in which a path continues."""
    for index, value in enumerate(node):
        onward = _advance(remainders, index)
        if not all(onward):
            node[index] = IGNORED
        elif onward:
            yield value, onward
    while node and node[-1] is IGNORED:
        node.pop()


def _advance(remainders: _Remainders, key: str | int) -> _Remainders:
    """Return what remains of the paths below ``key``; an empty remainder selects the place."""
    onward: _Remainders = []
    for remainder in remainders:
        segment = remainder[0]
        if segment.key is None or segment.key == key:
            onward.append(remainder[1:])
        if segment.is_descendant:
            onward.append(remainder)
    return onward
