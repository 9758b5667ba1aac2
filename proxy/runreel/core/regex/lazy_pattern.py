"""Regular expressions that are compiled when they are first used.

A server imports some 280, of which its first answer needs 40. To compile the others would take a
tenth of the time from its start to that answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import AnyStr, cast

_ATTRIBUTES = frozenset(name for name in dir(re.Pattern) if not name.startswith("_"))


def compile_later(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what ``re.compile`` does, but compile it when it is first used.

    That use raises ``re.error`` if the pattern is wrong. A call of a method takes 25 ns more, so a
    pattern that every request needs is better compiled at once.
    """
    return cast("re.Pattern[AnyStr]", _LazyPattern(partial(re.compile, pattern, flags)))


class _LazyPattern:
    """A pattern without its attributes, which it gets when one of them is first asked for."""

    def __init__(self, compile_now: Callable[[], re.Pattern[str] | re.Pattern[bytes]]) -> None:
        self._compile_now = compile_now

    def __getattr__(self, name: str) -> object:
        if name not in _ATTRIBUTES:
            raise AttributeError(name)
        compiled = self._compile_now()
        vars(self).update((each, getattr(compiled, each)) for each in _ATTRIBUTES)
        return getattr(compiled, name)
