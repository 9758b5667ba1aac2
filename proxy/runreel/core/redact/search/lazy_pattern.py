"""Regular expressions that are compiled when they are first used, for those that take long."""

from __future__ import annotations

import re
from functools import cached_property


class LazyPattern:
    """A pattern of the standard library, compiled at its first use.

    A long alternation that ignores case takes a millisecond, by which each command would start
    later.
    """

    def __init__(self, source: bytes) -> None:
        """``source`` is a regular expression as for ``re.compile``."""
        self._source = source

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        return re.compile(self._source)

    def search(self, text: bytes) -> re.Match[bytes] | None:
        """Search for the pattern anywhere in a text."""
        return self._pattern.search(text)

    def match(self, text: bytes) -> re.Match[bytes] | None:
        """Match the pattern at the beginning of a text."""
        return self._pattern.match(text)
