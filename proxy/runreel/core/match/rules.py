"""The matching rules of the configuration: what of a request is ignored, which headers count.

A place is written as a miss reports it: ``$.metadata.request_id`` in a JSON body (see
``jsonpath``), ``query.timestamp`` in the query, ``form.nonce`` in a form or a multipart body,
``headers.range`` in a header. Of the part ``a`` of an upload, ``filename.a``, ``content-type.a``
and ``content.a`` are places too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from runreel.config.schema import MatchSettings
from runreel.core.bound_places import (
    FILE_NAME,
    FORM,
    QUERY,
    BoundPlace,
    BoundRule,
    check_bind,
    parse_place,
)
from runreel.core.jsonpath import JsonPath
from runreel.core.redact.search.user_pattern import compile_user_pattern
from runreel.core.unordered import UnorderedItems
from runreel.core.volatile.kinds import KINDS
from runreel.core.volatile.mask import VolatileMask
from runreel.errors import ConfigError

HEADERS = "headers."
CONTENT_TYPE, CONTENT = "content-type.", "content."
PART_HEADERS = "part-headers."
"""Headers of an upload's part beside its type."""
_PARTS = (FILE_NAME, CONTENT_TYPE, CONTENT, PART_HEADERS)
PLACES = (QUERY, FORM, HEADERS, *_PARTS)
"""Beginnings of places outside of JSON, each followed by a name."""


class MatchRules(Struct, frozen=True):
    """Parsed matching rules; without any, method, path, query and body count as a whole."""

    ignore: tuple[str, ...] = ()
    """The ignored places as they are written."""
    paths: tuple[JsonPath, ...] = ()
    """The ignored places in JSON bodies."""
    query: frozenset[bytes] = frozenset()
    """The ignored names of query parameters."""
    form: frozenset[bytes] = frozenset()
    """The ignored names of form fields and multipart parts."""
    parts: frozenset[bytes] = frozenset()
    """The ignored places in the parts of uploads, as they are written."""
    headers: tuple[bytes, ...] = ()
    """The names of the headers that count, in lower case and sorted."""
    unordered_items: tuple[UnorderedItems, ...] = ()
    """The elements of arrays in JSON bodies whose order does not count."""
    bound: tuple[BoundRule, ...] = ()
    """The places of values that clients make anew."""
    ignored_headers: frozenset[bytes] = frozenset()
    """The names of the headers that do not count, even if they choose an answer; in lower case."""
    volatile: tuple[str, ...] = ()
    """The kinds of texts that do not count, as they are written."""
    patterns: tuple[str, ...] = ()
    """Regular expressions of texts that do not count."""
    mask: VolatileMask | None = None
    """The mask of these texts; None if there are no such kinds and patterns."""

    @classmethod
    def from_settings(cls, settings: MatchSettings) -> MatchRules:
        """Parse the settings; raise ConfigError with every mistake in them."""
        rules = cls.parse(settings.ignore, settings.headers, settings.bind)
        return rules.with_masked(settings.volatile, settings.patterns)

    @classmethod
    def parse(
        cls,
        ignore: Iterable[str] = (),
        headers: Iterable[str] = (),
        bind: Iterable[str] = (),
    ) -> MatchRules:
        """Parse places and header names; raise ConfigError with every mistake in them."""
        entries, places = tuple(dict.fromkeys(ignore)), tuple(dict.fromkeys(bind))
        problems = (
            *(f"runreel.match.ignore: {problem}" for problem in check_ignore(entries)),
            *(f"runreel.match.bind: {problem}" for problem in check_bind(places)),
        )
        if problems:
            raise ConfigError(problems)
        return cls(
            ignore=entries,
            paths=tuple(JsonPath.parse(entry) for entry in entries if entry.startswith("$")),
            query=_select_names(entries, QUERY),
            form=_select_names(entries, FORM),
            parts=frozenset(entry.encode() for entry in entries if entry.startswith(_PARTS)),
            headers=tuple(sorted({name.lower().encode() for name in headers})),
            bound=tuple(parse_place(BoundPlace(place)) for place in places),
            ignored_headers=frozenset(map(bytes.lower, _select_names(entries, HEADERS))),
        )

    def with_ignored(self, more: Iterable[str]) -> MatchRules:
        """Return these rules with more ignored places."""
        both = MatchRules.parse((*self.ignore, *more))
        return replace(
            self,
            ignore=both.ignore,
            paths=both.paths,
            query=both.query,
            form=both.form,
            parts=both.parts,
            ignored_headers=both.ignored_headers,
        )

    def with_bound(self, more: Iterable[BoundPlace]) -> MatchRules:
        """Return these rules with more places of values that clients make anew."""
        return replace(self, bound=(*self.bound, *map(parse_place, more)))

    def with_headers(self, more: Iterable[bytes]) -> MatchRules:
        """Return these rules with more headers, in lower case, but for those that are ignored."""
        bound = {rule.name for rule in self.bound if rule.is_header}
        names = {*self.headers, *more} - self.ignored_headers - bound
        return replace(self, headers=tuple(sorted(names)))

    def without_masked(self) -> MatchRules:
        """Return these rules with all texts counting, and their order too."""
        return replace(self, volatile=(), patterns=(), mask=None, unordered_items=())

    def with_masked(self, volatile: Iterable[str], patterns: Iterable[str] = ()) -> MatchRules:
        """Return these rules with more texts that do not count.

        ``volatile`` are keys of ``KINDS``. Raises ConfigError with every mistake in both.
        """
        kinds = tuple(dict.fromkeys((*self.volatile, *volatile)))
        expressions = tuple(dict.fromkeys((*self.patterns, *patterns)))
        problems = [f"runreel.match.volatile: {problem}" for problem in check_volatile(kinds)]
        problems += [f"runreel.match.patterns: {each}" for each in check_patterns(expressions)]
        if problems:
            raise ConfigError(tuple(problems))
        compiled = [compile_user_pattern(each) for each in expressions]
        mask = VolatileMask(kinds, compiled) if kinds or expressions else None
        return replace(self, volatile=kinds, patterns=expressions, mask=mask)


def check_ignore(entries: Iterable[str]) -> Iterator[str]:
    """Yield a message for each entry of ``[match] ignore`` that is invalid."""
    for number, entry in enumerate(entries, start=1):
        try:
            _raise_if_invalid(entry)
        except ValueError as error:
            yield f"entry {number}: {error}"


def check_volatile(entries: Iterable[str]) -> Iterator[str]:
    """Yield a message for each entry of ``[match] volatile`` that is not a kind."""
    for number, entry in enumerate(entries, start=1):
        if entry not in KINDS:
            yield f"entry {number}: no kind has this name; {_format_hint(entry)}"


def _format_hint(name: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - for mistakes only

    nearest = get_close_matches(name, KINDS, n=1)
    return f'did you mean "{nearest[0]}"?' if nearest else f"the kinds are {', '.join(KINDS)}"


def check_patterns(entries: Iterable[str]) -> Iterator[str]:
    """Yield a message for each entry of ``[match] patterns`` that cannot be used."""
    for number, entry in enumerate(entries, start=1):
        try:
            compile_user_pattern(entry, instead_of_lookaround="match the context as well")
        except ValueError as error:
            yield f"entry {number}: {error}"


def _raise_if_invalid(entry: str) -> None:
    is_name = any(entry.startswith(prefix) and entry != prefix for prefix in PLACES)
    if entry.startswith("$"):
        JsonPath.parse(entry)
    elif not is_name:
        raise ValueError(
            'must be a JSON path such as "$.metadata.request_id", or a name such as '
            '"query.timestamp", "form.nonce", "headers.range" or "filename.file"'
        )


def _select_names(entries: Iterable[str], prefix: str) -> frozenset[bytes]:
    return frozenset(
        entry.removeprefix(prefix).encode() for entry in entries if entry.startswith(prefix)
    )


CHECKS: Mapping[str, Callable[[tuple[str, ...]], Iterator[str]]] = {
    "match.ignore": check_ignore,
    "match.bind": check_bind,
    "match.volatile": check_volatile,
    "match.patterns": check_patterns,
}
"""For each setting by name, a function that yields a message for each mistake in its value."""
