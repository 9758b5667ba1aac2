"""Which operation a method and a path mean, read from a table of path patterns.

A pattern is matched against the end of a path, so that an API is known under any prefix (``/v1``,
``/openai``, ``/api/projects/x``, none). The longest pattern wins, and a literal name wins over an
id, which is never one of the table's own literals; a target is split as RFC 3986, section 3, says,
and decoded only after that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote_to_bytes

_Shape = tuple[str, ...]
"""The segments of a pattern, with an empty one for each id."""

_CACHE_SIZE = 64
"""Targets: an exchange is asked for its own several times."""


class Route(NamedTuple):
    """One row of an API's table."""

    method: str
    pattern: str
    """``threads/{thread_id}/runs``: literal segments, and ids by name."""
    operation: str


@dataclass(frozen=True, slots=True)
class RouteMatch:
    """Where in an API a target points."""

    operations: Mapping[str, str]
    """What each method does there."""
    ids: Mapping[str, str]
    """The ids in the path by name, percent-decoded."""


class Routes:
    """An API's table, ready to be searched."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._names: dict[_Shape, tuple[str, ...]] = {}
        self._operations: dict[_Shape, dict[str, str]] = {}
        self._id_positions: dict[int, set[tuple[int, ...]]] = {}
        for route in routes:
            segments = route.pattern.split("/")
            shape = tuple("" if _is_id(segment) else segment for segment in segments)
            self._names[shape] = tuple(segment.strip("{}") for segment in segments)
            self._operations.setdefault(shape, {})[route.method] = route.operation
            ids = tuple(place for place, name in enumerate(shape) if not name)
            self._id_positions.setdefault(len(shape), set()).add(ids)
        self._literals = frozenset(name for shape in self._names for name in shape if name)
        self._longest = max(map(len, self._names))
        self._find_cached = lru_cache(_CACHE_SIZE)(self._find_uncached)

    def find(self, target: bytes) -> RouteMatch | None:
        """Say where the target points; None where no pattern matches its path."""
        return self._find_cached(target)

    def _find_uncached(self, target: bytes) -> RouteMatch | None:
        segments = _split_path(target)
        for length in range(min(self._longest, len(segments)), 0, -1):
            end = segments[-length:]
            shape = self._match_shape(end)
            if shape is not None:
                return RouteMatch(self._operations[shape], self._extract_ids(shape, end))
        return None

    def _match_shape(self, end: list[str]) -> _Shape | None:
        literal = tuple(end)
        if "" in literal:
            return None
        if literal in self._names:
            return literal
        for places in self._id_positions.get(len(end), ()):
            with_ids = tuple("" if at in places else name for at, name in enumerate(end))
            has_ids = self._literals.isdisjoint(end[at] for at in places)
            if has_ids and with_ids in self._names:
                return with_ids
        return None

    def _extract_ids(self, shape: _Shape, end: list[str]) -> dict[str, str]:
        named = zip(self._names[shape], shape, end, strict=True)
        return {name: segment for name, literal, segment in named if not literal}


def parse_query(target: bytes) -> list[tuple[str, str]]:
    """Read the names and values of a target's query, decoded, in their order."""
    _, _, text = target.partition(b"?")
    return parse_qsl(text.decode("utf-8", "replace"), keep_blank_values=True, errors="replace")


def _is_id(segment: str) -> bool:
    return segment.startswith("{")


def _split_path(target: bytes) -> list[str]:
    path = target.partition(b"?")[0].removesuffix(b"/")
    return [_decode(segment) for segment in path.split(b"/")]


def _decode(segment: bytes) -> str:
    return unquote_to_bytes(segment).decode("utf-8", "replace")
