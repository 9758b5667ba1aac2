"""Taking the places that do not count out of a JSON value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from runreel.core.jsonpath import JsonPath, PathSegment
from runreel.core.match.canonical_json import IGNORED, CanonicalJson, build_object, get_members

_Remainders: TypeAlias = list[Sequence[PathSegment]]
"""What is left of each path that led here."""


def prune(tree: CanonicalJson, paths: Iterable[JsonPath]) -> CanonicalJson:
    """The tree without the places that the paths mean; the tree itself is used up.

    A member is gone. An element leaves a mark, so that those behind it keep their positions, but
    at the end of an array it is gone too. Walks with a stack of its own: bodies nest deeper than
    Python calls.
    """
    ways: _Remainders = [path.segments for path in paths]
    if any(not way for way in ways):
        return IGNORED
    pending = [(tree, ways)]
    while pending:
        node, ways = pending.pop()
        if isinstance(node, list):
            pending += _prune_array(node, ways)
        elif isinstance(node, dict):
            pending += _prune_object(node, ways)
    return tree


def _prune_object(
    node: dict[str, CanonicalJson], remainders: _Remainders
) -> Iterator[tuple[CanonicalJson, _Remainders]]:
    pairs = get_members(node)
    kept: list[tuple[str, CanonicalJson]] = []
    for name, value in pairs:
        onward = _advance(remainders, name)
        if all(onward):
            kept.append((name, value))
            if onward:
                yield value, onward
    if len(kept) < len(pairs):
        node.clear()
        node.update(build_object(kept))


def _prune_array(
    node: list[CanonicalJson], remainders: _Remainders
) -> Iterator[tuple[CanonicalJson, _Remainders]]:
    for place, value in enumerate(node):
        onward = _advance(remainders, place)
        if not all(onward):
            node[place] = IGNORED
        elif onward:
            yield value, onward
    while node and node[-1] is IGNORED:
        node.pop()


def _advance(remainders: _Remainders, key: str | int) -> _Remainders:
    """What is left of the ways after this part; nothing is left of a way that ends here."""
    onward: _Remainders = []
    for way in remainders:
        step = way[0]
        if step.key is None or step.key == key:
            onward.append(way[1:])
        if step.is_descendant:
            onward.append(way)
    return onward
