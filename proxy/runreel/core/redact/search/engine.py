"""The engine of regular expressions: RE2, whose time is linear in the text whatever the pattern.

Where there is no ``google-re2`` the standard library's ``re`` stands in, for patterns of our own
alone: a stranger's could make it search for hours. Both take and find the same as long as a pattern
keeps to what they share: no lookaround, no backreference, no ``\\s``, no ``$``
(https://github.com/google/re2/wiki/Syntax).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol, cast

try:
    import re2
except ImportError:
    re2 = None


class RegexMatch(Protocol):
    """What was found."""

    def span(self, group: int, /) -> tuple[int, int]:
        """Where a group stands; -1 twice if it took no part."""
        ...


class RegexPattern(Protocol):
    """A compiled pattern of bytes."""

    @property
    def groups(self) -> int:
        """How many groups it has."""
        ...

    def finditer(self, text: bytes, pos: int = 0, /) -> Iterator[RegexMatch]:
        """All matches from ``pos`` on; what stands before it still counts for ``\\b``."""
        ...


class Engine(NamedTuple):
    """One way of compiling patterns."""

    name: str
    compile: Callable[[bytes], RegexPattern]
    """Raises ValueError if the engine cannot take the pattern."""
    compile_text: Callable[[bytes], RegexPattern]
    """The same for a pattern in UTF-8 whose characters are a text's, not bytes."""
    is_faster_than_automaton: bool
    """Whether it passes over a text faster than an automaton does, however many words it seeks."""


def _compile_re(pattern: bytes) -> RegexPattern:
    try:
        return cast(RegexPattern, re.compile(pattern))
    except re.error as error:
        raise ValueError(error.msg) from None


def _compile_re2(pattern: bytes) -> RegexPattern:
    return _compile_encoded(pattern, re2.Options.Encoding.LATIN1)


def _compile_re2_text(pattern: bytes) -> RegexPattern:
    return _compile_encoded(pattern, re2.Options.Encoding.UTF8)


def _compile_encoded(pattern: bytes, encoding: object) -> RegexPattern:
    options = re2.Options()
    options.log_errors = False  # it would print the pattern, which may hold a secret
    options.encoding = encoding
    try:
        return cast(RegexPattern, re2.compile(pattern, options))
    except re2.error:
        raise ValueError("RE2 cannot take it") from None


STANDARD = Engine("re", _compile_re, _compile_re, is_faster_than_automaton=False)
RE2 = Engine("re2", _compile_re2, _compile_re2_text, is_faster_than_automaton=True) if re2 else None
ENGINE = RE2 or STANDARD
"""The one in use."""
