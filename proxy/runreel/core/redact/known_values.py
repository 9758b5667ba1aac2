"""The spellings of known values, and where they stand in a text.

A session may learn thousands of values (a cookie with each answer). The last few are sought one by
one, which is quickest while they are few and the text is short; all before them by automata. Each
automaton is at least twice as large as the next, so that there are few, and no needle is built into
one often; none is so large that making it would hold other threads up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from runreel.core.redact.search.automaton import Automaton
from runreel.core.redact.texts.views import View

_FEW = 256
_MOST = 2048
"""Needles in one automaton."""
_WORTH_IT = 1 << 27
"""Needles times bytes to search, from which on an automaton is quicker than one after the other."""


class Occurrence(NamedTuple):
    """A known value, in whatever form, at a place in some bytes."""

    start: int
    end: int
    placeholder: bytes

    @property
    def kind(self) -> str:
        """The kind of the value, as its placeholder has it."""
        return self.placeholder.decode().removeprefix("REDACTED-").rpartition("-")[0]


class Reach(NamedTuple):
    """How far a value reaches beyond the form of it that was found, and what stands for it."""

    before: int
    after: int
    placeholder: bytes


class Needles:
    """What is sought, and what stands for it."""

    def __init__(self) -> None:
        self._known: set[bytes] = set()
        self._recent: dict[bytes, Reach] = {}
        self._older: list[_Older] = []

    def add(self, needle: bytes, reach: Reach) -> None:
        """Seek ``needle`` from now on; what stands for it already goes on doing so."""
        if needle in self._known:
            return
        self._known.add(needle)
        self._recent[needle] = reach
        if len(self._recent) > _FEW:
            self._settle()

    def found_in(self, view: View) -> Iterator[Occurrence]:
        """Every needle in the view, in no order."""
        if len(self._recent) * len(view.data) > _WORTH_IT:
            self._settle()
        recent = self._recent
        for needle in filter(view.data.__contains__, list(recent)):  # others may learn meanwhile
            yield from _every(view, needle, recent[needle])
        for older in list(self._older):
            for start, end, reach in older.automaton.found_in(view.data):
                yield _occurrence(view, start, end, reach)

    def _settle(self) -> None:
        needles: Mapping[bytes, Reach] = self._recent
        self._recent = {}
        while self._older and self._is_worth_joining(len(self._older[-1].needles), len(needles)):
            needles = {**self._older.pop().needles, **needles}
        self._older.append(_Older(needles, Automaton(needles)))

    def _is_worth_joining(self, older: int, newer: int) -> bool:
        return older < 2 * newer and older + newer <= _MOST


class _Older(NamedTuple):
    """Needles that are sought in one pass."""

    needles: Mapping[bytes, Reach]
    automaton: Automaton[Reach]


def _every(view: View, needle: bytes, reach: Reach) -> Iterator[Occurrence]:
    at = view.data.find(needle)
    while at >= 0:
        behind = at + len(needle)
        yield _occurrence(view, at, behind, reach)
        at = view.data.find(needle, behind)


def _occurrence(view: View, at: int, behind: int, reach: Reach) -> Occurrence:
    start, end = max(at - reach.before, 0), min(behind + reach.after, len(view.data))
    return Occurrence(view.start(start), view.end(end), reach.placeholder)
