"""Recognise the API that a request belongs to: by headers, then by the body, then by the path.

The end of a path decides nothing by itself, since several APIs have ``/v1/agents`` or
``/threads/{id}/runs``. So each API says which marks its requests bear (``Marks``, ``Route.needs``),
and the evidence decides (``Evidence``):

1. A header that names an API wins. Its API also gets requests whose paths it does not list.
2. Hints are next: members of the body, the form of an id, a header or a query parameter that
   several APIs have. More hints win over fewer.
3. A path alone is enough if no other API is as likely, and if what is before the pattern is what a
   base URL ends with (``/v1``, ``/openai/deployments/x``), not a resource of another API.

What remains is not recognised. Bodies are parsed only where a route has members to look for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import NamedTuple, Protocol, TypeAlias

from msgspec import Struct

from runreel.core.dialect import Dialect
from runreel.core.http.headers import find_header_values
from runreel.dialects.base.bodies import list_members
from runreel.dialects.base.routes import Evidence, Route, RouteMatch, Routes, split_path
from runreel.model import Headers, Request

_CACHE_SIZE = 256

_VERSION = re.compile(r"v[0-9]+(?:(?:alpha|beta)[0-9]*)?")
_BASE_NAMES = frozenset(
    {
        *("anthropic", "azure", "azure-openai", "bedrock", "cohere", "deepseek", "fireworks"),
        *("gemini", "google", "google-vertex", "groq", "langgraph", "litellm", "mistral"),
        *("ollama", "openai", "openrouter", "perplexity", "together", "vllm", "xai"),
    }
)
"""Last segments of base URLs, besides versions."""
_BASE_COLLECTIONS = frozenset({"deployments", "endpoints", "locations", "presets", "projects"})
"""Collections whose members have base URLs of their own: ``/openai/deployments/x``."""


class HeaderMark(Struct, frozen=True):
    """A header that marks requests of an API."""

    name: bytes
    """In lower case."""
    text: bytes = b""
    """Text in lower case that the value contains; empty: any value."""


class Marks(Struct, frozen=True):
    """The marks of an API's requests, besides those of single calls."""

    headers: tuple[HeaderMark, ...] = ()
    """Each of them names the API."""
    hints: tuple[HeaderMark, ...] = ()
    """Headers that other APIs may have as well."""
    query: frozenset[str] = frozenset()
    """Names of query parameters; each of them is a hint."""
    ids: Mapping[str, re.Pattern[str]] = {}
    """The form of ids in the path, by their names; one that has it is a hint."""
    body: frozenset[str] = frozenset()
    """Members that the JSON body of a request with any path has; it is then a hint by itself."""
    accept: tuple[bytes, ...] = ()
    """Media types that such a request accepts."""
    foreign_query: frozenset[str] = frozenset()
    """Names of query parameters that no request of the API has."""
    prefixes: tuple[str, ...] = ()
    """Paths below which all requests are the API's, whatever their headers: ``/mine``."""


NO_MARKS = Marks()
"""The marks of an API that is known by its paths alone."""


class RecognisedDialect(Dialect, Protocol):
    """A dialect with the marks of its requests."""

    @property
    def routes(self) -> Routes:
        """Calls of the API."""
        ...

    @property
    def marks(self) -> Marks:
        """Marks of its requests."""
        ...


_Header: TypeAlias = tuple[bytes, RecognisedDialect]


class _Candidate(Struct, frozen=True):
    """A dialect that has a target's path."""

    dialect: RecognisedDialect
    match: RouteMatch
    has_base_prefix: bool
    """True if a base URL may end with what is before the pattern."""
    literals: int
    """Literal segments in the pattern."""

    def needs_no_hint(self, method: str) -> bool:
        """Return whether the path is enough for a call of this method, if no other API has it."""
        route = self.match.routes.get(method)
        is_enough = route is not None and route.needs <= Evidence.PATH and not route.header
        return is_enough and self.has_base_prefix and not self.dialect.marks.foreign_query


class _Features(Struct, frozen=True):
    """The parts of a request by which its API is known."""

    method: str
    target: bytes
    headers: Headers
    members: frozenset[str]
    """Names of the members of its body, if this is a JSON object."""


class _Score(NamedTuple):
    """The order of candidates; the highest one wins."""

    is_named: bool
    has_base_prefix: bool
    """False: what is before the pattern may be a resource of another API, as in ``threads/runs``
    for an API with ``runs``."""
    evidence: Evidence
    hints: int
    has_operation: bool
    literals: int


class Recogniser:
    """Finds the dialect of a request among several."""

    def __init__(self, dialects: Iterable[RecognisedDialect], fallback: Dialect) -> None:
        """``fallback`` gets what is not recognised. Of equal candidates the first dialect wins."""
        self._dialects = tuple(dialects)
        self._fallback = fallback
        self._headers: dict[bytes, list[_Header]] = defaultdict(list)
        self._hints: dict[bytes, list[_Header]] = defaultdict(list)
        self._by_opening: dict[str, list[RecognisedDialect]] = defaultdict(list)
        for dialect in self._dialects:
            for mark in dialect.marks.headers:
                self._headers[mark.name].append((mark.text, dialect))
            for mark in dialect.marks.hints:
                self._hints[mark.name].append((mark.text, dialect))
            for opening in dialect.routes.openings:
                self._by_opening[opening].append(dialect)
        self._anywhere = tuple(dialect for dialect in self._dialects if dialect.marks.body)
        self._below = tuple(
            (prefix.encode(), dialect)
            for dialect in self._dialects
            for prefix in dialect.marks.prefixes
        )
        self._list_cached = lru_cache(_CACHE_SIZE)(self._list_candidates)
        self._list_named = lru_cache(_CACHE_SIZE)(partial(_list_marked, marks=self._headers))
        self._find_cached = lru_cache(_CACHE_SIZE)(self._find)

    def find(self, request: Request) -> Dialect:
        """Return the dialect of the request, or the fallback."""
        members = list_members(request.body)
        features = _Features(request.method, request.target, request.headers, members)
        return self._find_cached(features)

    def _find(self, request: _Features) -> Dialect:
        path = request.target.partition(b"?")[0] if self._below else b""
        for prefix, dialect in self._below:
            if path == prefix or path.startswith(prefix + b"/"):
                return dialect
        named = self._list_named(request.headers)
        candidates = self._list_cached(request.target)
        if len(named) == 1 and any(each.dialect is named[0] for each in candidates):
            return named[0]
        if not named and len(candidates) == 1 and candidates[0].needs_no_hint(request.method):
            return candidates[0].dialect
        best = self._find_best(request, named, candidates)
        if best is not None:
            return best
        if named:
            return named[0]
        return next(self._iter_anywhere(request), self._fallback)

    def _list_candidates(self, target: bytes) -> Sequence[_Candidate]:
        dialects = {
            dialect.name: dialect
            for segment in split_path(target)
            for dialect in self._by_opening.get(segment, ())
        }
        ordered = (dialect for dialect in self._dialects if dialect.name in dialects)
        return tuple(
            _build_candidate(dialect, match)
            for dialect in ordered
            for match in (dialect.routes.find(target),)
            if match is not None
        )

    def _find_best(
        self, request: _Features, named: Sequence[Dialect], candidates: Sequence[_Candidate]
    ) -> Dialect | None:
        hinted = _list_marked(request.headers, self._hints) if len(candidates) > 1 else ()
        best: tuple[_Score, Dialect] | None = None
        for candidate in candidates:
            score = _score(request, candidate, named, hinted)
            if score is not None and (best is None or score > best[0]):
                best = score, candidate.dialect
        return None if best is None else best[1]

    def _iter_anywhere(self, request: _Features) -> Iterator[Dialect]:
        """Yield the dialects whose requests are known by their bodies, on any path."""
        for dialect in self._anywhere:
            accept = b",".join(find_header_values(request.headers, b"accept")).lower()
            is_accepted = all(each in accept for each in dialect.marks.accept)
            if is_accepted and dialect.marks.body <= request.members:
                yield dialect


def _build_candidate(dialect: RecognisedDialect, match: RouteMatch) -> _Candidate:
    literals = sum(not segment.startswith("{") for segment in match.pattern.split("/"))
    has_version = _VERSION.fullmatch(match.pattern.partition("/")[0]) is not None
    return _Candidate(dialect, match, has_version or is_base(match.prefix), literals)


def is_base(prefix: Sequence[str]) -> bool:
    """Return whether a base URL may end with these segments: ``("openai", "v1")``, none."""
    if not prefix or _VERSION.fullmatch(prefix[-1]) or prefix[-1] in _BASE_NAMES:
        return True
    return len(prefix) > 1 and prefix[-2] in _BASE_COLLECTIONS


def _score(
    request: _Features, candidate: _Candidate, named: Sequence[Dialect], hinted: Sequence[Dialect]
) -> _Score | None:
    """Return the score of a candidate; None if there is too little evidence."""
    dialect, match = candidate.dialect, candidate.match
    route = match.routes.get(request.method)
    is_named = dialect in named
    hints = 0 if is_named else _count_hints(request, candidate, route, dialect in hinted)
    if is_named:
        evidence = Evidence.HEADER
    elif hints:
        evidence = Evidence.HINT
    else:
        evidence = Evidence.PATH if candidate.has_base_prefix else Evidence.NONE
    needs = max(each.needs for each in match.routes.values()) if route is None else route.needs
    is_foreign = not is_named and _has_parameter(request.target, dialect.marks.foreign_query)
    lacks_header = route is not None and not _has_header(request, route.header)
    if evidence < max(needs, Evidence.PATH) or is_foreign or lacks_header:
        return None
    return _Score(
        is_named, candidate.has_base_prefix, evidence, hints, route is not None, candidate.literals
    )


def _count_hints(
    request: _Features, candidate: _Candidate, route: Route | None, is_hinted: bool
) -> int:
    marks, ids = candidate.dialect.marks, candidate.match.ids
    has_query = _has_parameter(request.target, marks.query)
    has_id = any(
        name in ids and form.fullmatch(ids[name]) is not None for name, form in marks.ids.items()
    )
    has_body = route is not None and any(names <= request.members for names in route.members)
    return is_hinted + has_query + has_id + has_body


def _has_parameter(target: bytes, names: Iterable[str]) -> bool:
    _, mark, query = target.partition(b"?")
    if not mark:
        return False
    query = b"&" + query
    return any(b"&%b=" % name.encode() in query for name in names)


def _has_header(request: _Features, name: bytes) -> bool:
    return not name or any(key.lower() == name for key, _ in request.headers)


def _list_marked(
    headers: Headers, marks: Mapping[bytes, Sequence[_Header]]
) -> Sequence[RecognisedDialect]:
    """Return the dialects that one of the headers marks, each once."""
    marked: list[RecognisedDialect] = []
    for name, value in headers:
        for text, dialect in marks.get(name.lower(), ()):
            if text in value.lower() and dialect not in marked:
                marked.append(dialect)
    return marked
