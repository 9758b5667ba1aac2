"""Sort those elements of a JSON value whose order means nothing, such as the outputs of tools.

A client that runs tools at the same time sends their outputs in the order in which they end.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import is_not
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from runreel.core.jsonpath import may_have_members
from runreel.model import Request

Rank: TypeAlias = Callable[[str], int]
"""The rank of an identity; those of equal rank are in alphabetical order."""


class UnorderedItems(Struct, frozen=True):
    """Elements of arrays in a request that mean the same in any order, if they are adjacent."""

    path: tuple[str | None, ...]
    """The members that lead to the array; None for each element of an array."""
    key: str
    """Name of the member of an element that identifies it."""
    member: str = ""
    """Name of a member whose value tells these elements from others; empty: there are no others."""
    values: frozenset[str] = frozenset()
    """The values of that member."""

    def get_key(self, element: object) -> str | None:
        """Return the identity of an element; None if it is none of these."""
        if not isinstance(element, dict):
            return None
        kind, key = element.get(self.member), element.get(self.key)
        is_other = self.member and not (isinstance(kind, str) and kind in self.values)
        return key if isinstance(key, str) and not is_other else None


def rank_alike(_: str) -> int:
    """Return one rank for all identities."""
    return 0


def sort_unordered(
    value: object, unordered: Iterable[UnorderedItems], rank: Rank = rank_alike
) -> bool:
    """Sort the adjacent elements of each kind by their identity, in place.

    Return whether any element was moved.
    """
    has_moved = False
    for items in unordered:
        for array in _iter_arrays(value, items.path):
            ordered = list(_sort(array, items, rank))
            has_moved = has_moved or any(map(is_not, ordered, array))
            array[:] = ordered
    return has_moved


def select_kinds(body: bytes, unordered: Iterable[UnorderedItems]) -> list[UnorderedItems]:
    """Return the kinds of which a JSON text may have elements; most texts have none."""
    return [items for items in unordered if may_have_members(body, (items.key.encode(),))]


def sort_body(
    request: Request, unordered: Iterable[UnorderedItems], rank: Rank = rank_alike
) -> Request:
    """Return the request with the elements of its body sorted; itself, if none is moved."""
    kinds = select_kinds(request.body, unordered)
    if not kinds:
        return request
    try:
        value: object = json.loads(request.body)
    except (ValueError, RecursionError):
        return request
    if not sort_unordered(value, kinds, rank):
        return request
    return replace(request, body=json.dumps(value).encode())


def _iter_arrays(value: object, path: tuple[str | None, ...]) -> Iterator[list[object]]:
    """Yield the arrays at a path."""
    if not path:
        if isinstance(value, list):
            yield value
        return
    name, *rest = path
    if isinstance(value, dict) and name is not None:
        yield from _iter_arrays(value.get(name), tuple(rest))
    elif isinstance(value, list) and name is None:
        for element in value:
            yield from _iter_arrays(element, tuple(rest))


def _sort(array: list[object], items: UnorderedItems, rank: Rank) -> Iterator[object]:
    def is_unordered(element: object) -> bool:
        return items.get_key(element) is not None

    def get_place(element: object) -> tuple[int, str]:
        key = items.get_key(element) or ""
        return rank(key), key

    for is_run, run in groupby(array, is_unordered):
        elements = list(run)
        if is_run and len(elements) > 1:
            elements.sort(key=get_place)
        yield from elements
