"""Which places of a request do not count, and which headers do.

A place is written as a miss names it: ``$.metadata.request_id`` in a JSON body (see ``jsonpath``),
``query.timestamp`` in the query, ``form.nonce`` in a form of either encoding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from runreel.config import MatchSettings
from runreel.core.jsonpath import JsonPath
from runreel.errors import ConfigError

QUERY, FORM = "query.", "form."


@dataclass(frozen=True, slots=True)
class MatchRules:
    """What counts of a request besides method, path, query and body, and what of these does not."""

    ignore: tuple[str, ...] = ()
    """The places as they were written."""
    paths: tuple[JsonPath, ...] = ()
    query: frozenset[bytes] = frozenset()
    form: frozenset[bytes] = frozenset()
    headers: tuple[bytes, ...] = ()
    """In lower case and in order."""

    @classmethod
    def from_settings(cls, settings: MatchSettings) -> MatchRules:
        """What the settings say; raises ConfigError with every mistake in them."""
        return cls.parse(settings.ignore, settings.headers)

    @classmethod
    def parse(cls, ignore: Iterable[str] = (), headers: Iterable[str] = ()) -> MatchRules:
        """Read places and header names; raises ConfigError with every mistake in them."""
        written = tuple(dict.fromkeys(ignore))
        problems = tuple(f"runreel.match.ignore: {problem}" for problem in check_ignore(written))
        if problems:
            raise ConfigError(problems)
        return cls(
            ignore=written,
            paths=tuple(JsonPath.parse(text) for text in written if text.startswith("$")),
            query=_select_names(written, QUERY),
            form=_select_names(written, FORM),
            headers=tuple(sorted({name.lower().encode() for name in headers})),
        )

    def with_ignored(self, more: Iterable[str]) -> MatchRules:
        """These rules, and places that are ignored as well."""
        both = MatchRules.parse((*self.ignore, *more))
        return replace(both, headers=self.headers)


def check_ignore(entries: Iterable[str]) -> Iterator[str]:
    """What is wrong with places that are to be ignored, each mistake in words."""
    for number, text in enumerate(entries, start=1):
        try:
            _raise_if_invalid(text)
        except ValueError as error:
            yield f"entry {number}: {error}"


def _raise_if_invalid(text: str) -> None:
    is_name = any(text.startswith(prefix) and text != prefix for prefix in (QUERY, FORM))
    if text.startswith("$"):
        JsonPath.parse(text)
    elif not is_name:
        raise ValueError(
            'must be a JSON path such as "$.metadata.request_id", or a name such as '
            '"query.timestamp" or "form.nonce"'
        )


def _select_names(entries: Iterable[str], prefix: str) -> frozenset[bytes]:
    return frozenset(
        text.removeprefix(prefix).encode() for text in entries if text.startswith(prefix)
    )


CHECKS: Mapping[str, Callable[[tuple[str, ...]], Iterator[str]]] = {"match.ignore": check_ignore}
"""What is wrong with the value of a setting, each mistake in words, by the setting's name."""
