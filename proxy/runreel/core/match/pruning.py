"""Taking the places that do not count out of a JSON value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from runreel.core.jsonpath import JsonPath, Step
from runreel.core.match.canonical_json import IGNORED, Tree, as_object, pairs_of

_Ways: TypeAlias = list[Sequence[Step]]
"""What is left of each path that led here."""


def without(tree: Tree, paths: Iterable[JsonPath]) -> Tree:
    """The tree without the places that the paths mean; the tree itself is used up.

    A member is gone. An element leaves a mark, so that those behind it keep their positions, but
    at the end of an array it is gone too. Walks with a stack of its own: bodies nest deeper than
    Python calls.
    """
    ways: _Ways = [path.steps for path in paths]
    if any(not way for way in ways):
        return IGNORED
    pending = [(tree, ways)]
    while pending:
        node, ways = pending.pop()
        if isinstance(node, list):
            pending += _in_array(node, ways)
        elif isinstance(node, dict):
            pending += _in_object(node, ways)
    return tree


def _in_object(node: dict[str, Tree], ways: _Ways) -> Iterator[tuple[Tree, _Ways]]:
    pairs = pairs_of(node)
    kept: list[tuple[str, Tree]] = []
    for name, value in pairs:
        onward = _onward(ways, name)
        if all(onward):
            kept.append((name, value))
            if onward:
                yield value, onward
    if len(kept) < len(pairs):
        node.clear()
        node.update(as_object(kept))


def _in_array(node: list[Tree], ways: _Ways) -> Iterator[tuple[Tree, _Ways]]:
    for place, value in enumerate(node):
        onward = _onward(ways, place)
        if not all(onward):
            node[place] = IGNORED
        elif onward:
            yield value, onward
    while node and node[-1] is IGNORED:
        node.pop()


def _onward(ways: _Ways, part: str | int) -> _Ways:
    """What is left of the ways after this part; nothing is left of a way that ends here."""
    onward: _Ways = []
    for way in ways:
        step = way[0]
        if step.chosen is None or step.chosen == part:
            onward.append(way[1:])
        if step.deep:
            onward.append(way)
    return onward
