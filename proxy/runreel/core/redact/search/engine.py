"""The engine of regular expressions: RE2, whose time is linear in the text for every pattern.

Without ``google-re2``, the standard library's ``re`` is used, for built-in patterns only, since a
user's pattern could make it search for hours. Both find the same with the syntax that they share:
no lookaround, no backreference, no ``\\s``, no ``$`` (https://github.com/google/re2/wiki/Syntax).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol, cast

try:
    import re2
except ImportError:
    re2 = None


_MAX_MEMORY = 1 << 25
"""Bytes that RE2 may use for the states of one built-in pattern. With its default of 8 MiB, it has
to discard the states of the pattern of all signs again and again."""


class RegexMatch(Protocol):
    """A match of a pattern."""

    def span(self, group: int, /) -> tuple[int, int]:
        """Return start and end of a group; -1 and -1 if it did not take part in the match."""
        ...


class RegexPattern(Protocol):
    """A compiled pattern of bytes."""

    @property
    def groups(self) -> int:
        """The number of its groups."""
        ...

    def finditer(self, text: bytes, pos: int = 0, /) -> Iterator[RegexMatch]:
        """Yield all matches from ``pos`` on; ``\\b`` also considers the byte before it."""
        ...


class Engine(NamedTuple):
    """A regular-expression library."""

    name: str
    compile: Callable[[bytes], RegexPattern]
    """Compiles a pattern of bytes; raises ValueError if the engine does not support it."""
    compile_text: Callable[[bytes], RegexPattern]
    """Compiles a pattern in UTF-8 that matches characters of UTF-8 text instead of bytes."""
    is_faster_than_automaton: bool
    """True if it searches faster than an automaton, for any number of words."""


def _compile_re(pattern: bytes) -> RegexPattern:
    try:
        return cast(RegexPattern, re.compile(pattern))
    except re.error as error:
        raise ValueError(error.msg) from None


def _compile_re2(pattern: bytes) -> RegexPattern:
    return _compile_encoded(pattern, re2.Options.Encoding.LATIN1, max_mem=_MAX_MEMORY)


def _compile_re2_text(pattern: bytes) -> RegexPattern:
    return _compile_encoded(pattern, re2.Options.Encoding.UTF8)


def _compile_encoded(pattern: bytes, encoding: object, **settings: int) -> RegexPattern:
    options = re2.Options()
    for name, value in settings.items():
        setattr(options, name, value)
    options.log_errors = False  # it would print the pattern, which may hold a secret
    options.encoding = encoding
    try:
        return cast(RegexPattern, re2.compile(pattern, options))
    except re2.error:
        raise ValueError("RE2 does not support it") from None


STANDARD = Engine("re", _compile_re, _compile_re, is_faster_than_automaton=False)
RE2 = Engine("re2", _compile_re2, _compile_re2_text, is_faster_than_automaton=True) if re2 else None
ENGINE = RE2 or STANDARD
"""The engine in use."""
