"""From the method and the path of a request to an operation, by a table of path patterns.

A pattern is matched against the end of a path, so that an API is found under any prefix (``/v1``,
``/openai``, ``/api/projects/x``, none); ``recognition`` judges the prefix. The longest pattern
wins. A literal segment wins over an id, and a segment that is a literal anywhere in the table is
never taken for an id. Targets are split into segments first and percent-decoded after that
(RFC 3986, section 2.4).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple, TypeAlias
from urllib.parse import parse_qsl, unquote_to_bytes

from msgspec import Struct, field

_Shape = tuple[str, ...]
"""The segments of a pattern, with an empty string in place of each id."""

_ORIGIN = re.compile(rb"\A[A-Za-z][A-Za-z0-9+.-]*://[^/]*")
"""Scheme and authority of a target in absolute form (RFC 9112, section 3.2.2)."""

_CACHE_SIZE = 64
"""Targets whose match is remembered; each exchange looks its own up several times."""


class Evidence(IntEnum):
    """The degree of certainty that a request belongs to an API; more is surer."""

    NONE = 0
    PATH = 1
    """The whole path is one of the API's."""
    HINT = 2
    """The body, an id or a header is as this API has it, and other APIs have not."""
    HEADER = 3
    """A header names the API."""


MemberSets: TypeAlias = tuple[frozenset[str], ...]


class Route(NamedTuple):
    """One row of the table."""

    method: str
    pattern: str
    """Literal segments and named ids: ``threads/{thread_id}/runs``. A verb after a colon is a
    segment of its own: ``models/{model}/:predict``."""
    operation: str
    needs: Evidence = Evidence.PATH
    """The least evidence for this call: more than ``PATH`` where other APIs have the same path."""
    members: MemberSets = ()
    """Sets of members of a JSON body: one that has all of a set is a hint."""
    header: bytes = b""
    """A header, in lower case, without which the call is not the API's; empty: none."""


class RouteMatch(Struct, frozen=True):
    """The pattern that a target matches, with the ids in it."""

    operations: Mapping[str, str]
    """The operations of the pattern by method: ``{"GET": "runs.list", "POST": "runs.create"}``."""
    ids: Mapping[str, str]
    """The ids in the path by name, percent-decoded: ``{"thread_id": "thread_1"}``."""
    prefix: tuple[str, ...] = ()
    """The segments before the pattern."""
    routes: Mapping[str, Route] = field(default_factory=dict)
    """The rows of the pattern by method."""

    @property
    def pattern(self) -> str:
        """The pattern of the rows."""
        return next((route.pattern for route in self.routes.values()), "")


class Routes:
    """The table of an API, indexed by pattern."""

    def __init__(self, routes: Iterable[Route], *, splits_verbs: bool = False) -> None:
        """``splits_verbs``: a colon in the last segment begins a verb (``/models/m:predict``)."""
        self._splits_verbs = splits_verbs
        self._names: dict[_Shape, tuple[str, ...]] = {}
        self._routes: dict[_Shape, dict[str, Route]] = {}
        self._operations: dict[_Shape, dict[str, str]] = {}
        self._id_positions: dict[int, set[tuple[int, ...]]] = {}
        for route in routes:
            segments = route.pattern.split("/")
            shape = tuple("" if _is_id(segment) else segment for segment in segments)
            self._names[shape] = tuple(segment.strip("{}") for segment in segments)
            self._operations.setdefault(shape, {})[route.method] = route.operation
            self._routes.setdefault(shape, {})[route.method] = route
            positions = tuple(index for index, name in enumerate(shape) if not name)
            self._id_positions.setdefault(len(shape), set()).add(positions)
        self._literals = frozenset(name for shape in self._names for name in shape if name)
        self.openings = frozenset(shape[0] for shape in self._names)
        """The first segments of all patterns."""
        self._longest = max(map(len, self._names), default=0)
        self._find_cached = lru_cache(_CACHE_SIZE)(self._find_uncached)

    def find(self, target: bytes) -> RouteMatch | None:
        """Return the longest pattern that matches the end of the target's path, or None."""
        return self._find_cached(target)

    def _find_uncached(self, target: bytes) -> RouteMatch | None:
        segments = split_path(target)
        if self._splits_verbs and ":" in segments[-1]:
            name, _, verb = segments[-1].rpartition(":")
            segments[-1:] = [name, f":{verb}"]
        for length in range(min(self._longest, len(segments)), 0, -1):
            end = segments[-length:]
            shape = self._match_shape(end)
            if shape is not None:
                ids = self._extract_ids(shape, end)
                prefix = tuple(filter(None, segments[:-length]))
                return RouteMatch(self._operations[shape], ids, prefix, self._routes[shape])
        return None

    def _match_shape(self, end: list[str]) -> _Shape | None:
        literal = tuple(end)
        if "" in literal:
            return None
        if literal in self._names:
            return literal
        for positions in self._id_positions.get(len(end), ()):
            shape = tuple("" if index in positions else name for index, name in enumerate(end))
            are_ids = self._literals.isdisjoint(end[index] for index in positions)
            if are_ids and shape in self._names:
                return shape
        return None

    def _extract_ids(self, shape: _Shape, end: list[str]) -> dict[str, str]:
        segments = zip(self._names[shape], shape, end, strict=True)
        return {name: segment for name, literal, segment in segments if not literal}


def parse_query(target: bytes) -> list[tuple[str, str]]:
    """Return the decoded names and values of a target's query, in their order."""
    _, _, text = target.partition(b"?")
    return parse_qsl(text.decode("utf-8", "replace"), keep_blank_values=True, errors="replace")


def _is_id(segment: str) -> bool:
    return segment.startswith("{")


def split_path(target: bytes) -> list[str]:
    """Return the decoded segments of a target's path, the first of which is usually empty."""
    path = _ORIGIN.sub(b"", target.partition(b"?")[0]).removesuffix(b"/")
    return [_decode(segment) for segment in path.split(b"/")]


def _decode(segment: bytes) -> str:
    return unquote_to_bytes(segment).decode("utf-8", "replace")
