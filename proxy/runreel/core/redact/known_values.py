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

_MAX_RECENT = 256
_MAX_FORMS = 2048
"""Needles in one automaton."""
_AUTOMATON_PAYS = 1 << 27
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


class Margin(NamedTuple):
    """How far a value reaches beyond the form of it that was found, and what stands for it."""

    before: int
    after: int
    placeholder: bytes


class KnownValues:
    """What is sought, and what stands for it."""

    def __init__(self) -> None:
        self._known: set[bytes] = set()
        self._recent: dict[bytes, Margin] = {}
        self._indexed: list[_IndexedForms] = []

    def add(self, form: bytes, margin: Margin) -> None:
        """Seek ``needle`` from now on; what stands for it already goes on doing so."""
        if form in self._known:
            return
        self._known.add(form)
        self._recent[form] = margin
        if len(self._recent) > _MAX_RECENT:
            self._build_automaton()

    def find(self, view: View) -> Iterator[Occurrence]:
        """Every needle in the view, in no order."""
        if len(self._recent) * len(view.data) > _AUTOMATON_PAYS:
            self._build_automaton()
        recent = self._recent
        for needle in filter(view.data.__contains__, list(recent)):  # others may learn meanwhile
            yield from _iter_occurrences(view, needle, recent[needle])
        for older in list(self._indexed):
            for start, end, reach in older.automaton.find(view.data):
                yield _build_occurrence(view, start, end, reach)

    def _build_automaton(self) -> None:
        needles: Mapping[bytes, Margin] = self._recent
        self._recent = {}
        while self._indexed and self._is_worth_joining(len(self._indexed[-1].forms), len(needles)):
            needles = {**self._indexed.pop().forms, **needles}
        self._indexed.append(_IndexedForms(needles, Automaton(needles)))

    def _is_worth_joining(self, older: int, newer: int) -> bool:
        return older < 2 * newer and older + newer <= _MAX_FORMS


class _IndexedForms(NamedTuple):
    """Needles that are sought in one pass."""

    forms: Mapping[bytes, Margin]
    automaton: Automaton[Margin]


def _iter_occurrences(view: View, form: bytes, margin: Margin) -> Iterator[Occurrence]:
    at = view.data.find(form)
    while at >= 0:
        behind = at + len(form)
        yield _build_occurrence(view, at, behind, margin)
        at = view.data.find(form, behind)


def _build_occurrence(view: View, at: int, behind: int, margin: Margin) -> Occurrence:
    start, end = max(at - margin.before, 0), min(behind + margin.after, len(view.data))
    return Occurrence(view.to_raw_start(start), view.to_raw_end(end), margin.placeholder)
