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


class Match(Protocol):
    """What was found."""

    def span(self, group: int, /) -> tuple[int, int]:
        """Where a group stands; -1 twice if it took no part."""
        ...


class Pattern(Protocol):
    """A compiled pattern of bytes."""

    @property
    def groups(self) -> int:
        """How many groups it has."""
        ...

    def finditer(self, text: bytes, pos: int = 0, /) -> Iterator[Match]:
        """All matches from ``pos`` on; what stands before it still counts for ``\\b``."""
        ...


class Engine(NamedTuple):
    """One way of compiling patterns."""

    name: str
    compile: Callable[[bytes], Pattern]
    """Raises ValueError if the engine cannot take the pattern."""
    compile_text: Callable[[bytes], Pattern]
    """The same for a pattern in UTF-8 whose characters are a text's, not bytes."""
    outruns_automata: bool
    """Whether it passes over a text faster than an automaton does, however many words it seeks."""


def _by_re(pattern: bytes) -> Pattern:
    try:
        return cast(Pattern, re.compile(pattern))
    except re.error as error:
        raise ValueError(error.msg) from None


def _by_re2(pattern: bytes) -> Pattern:
    return _compiled(pattern, re2.Options.Encoding.LATIN1)


def _text_by_re2(pattern: bytes) -> Pattern:
    return _compiled(pattern, re2.Options.Encoding.UTF8)


def _compiled(pattern: bytes, encoding: object) -> Pattern:
    options = re2.Options()
    options.log_errors = False  # it would print the pattern, which may hold a secret
    options.encoding = encoding
    try:
        return cast(Pattern, re2.compile(pattern, options))
    except re2.error:
        raise ValueError("RE2 cannot take it") from None


STANDARD = Engine("re", _by_re, _by_re, outruns_automata=False)
RE2 = Engine("re2", _by_re2, _text_by_re2, outruns_automata=True) if re2 else None
ENGINE = RE2 or STANDARD
"""The one in use."""
