"""The search for known values in all of their forms.

A session may learn thousands of values (a cookie with each answer). The latest are searched for one
by one, which is fastest while they are few and the text is short. All earlier ones are searched for
by automata. Each automaton is at least twice as large as the next one, so that there are few of
them and a form is seldom built into another one; and none is so large that building it would block
other threads for long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from runreel.core.placeholder import get_kind
from runreel.core.redact.search.automaton import Automaton
from runreel.core.redact.texts.views import View

_MAX_RECENT = 256
"""Forms that are searched for one by one."""
_MAX_FORMS = 2048
"""Forms in one automaton."""
_AUTOMATON_PAYS = 1 << 27
"""Recent forms times bytes to search from which on it pays to build an automaton."""


class Occurrence(NamedTuple):
    """A known value at a place in some bytes, in whatever form."""

    start: int
    end: int
    placeholder: bytes

    @property
    def kind(self) -> str:
        """The kind of the value, as in its placeholder."""
        return get_kind(self.placeholder)


class Margin(NamedTuple):
    """The numbers of characters around a form that belong to the value too, and its placeholder."""

    before: int
    after: int
    placeholder: bytes


class KnownValues:
    """The forms of known values, and the search for them."""

    def __init__(self) -> None:
        self._known: set[bytes] = set()
        self._recent: dict[bytes, Margin] = {}
        self._indexed: list[_IndexedForms] = []

    def add(self, form: bytes, margin: Margin) -> None:
        """Search for ``form`` from now on; a form that is known keeps its placeholder."""
        if form in self._known:
            return
        self._known.add(form)
        self._recent[form] = margin
        if len(self._recent) > _MAX_RECENT:
            self._build_automaton()

    def find(self, view: View) -> Iterator[Occurrence]:
        """Yield every occurrence of a form in the view, in no order."""
        if len(self._recent) * len(view.data) > _AUTOMATON_PAYS:
            self._build_automaton()
        recent = self._recent
        for form in filter(view.data.__contains__, list(recent)):  # threads may add forms meanwhile
            yield from _iter_occurrences(view, form, recent[form])
        for indexed in list(self._indexed):
            for start, end, margin in indexed.automaton.find(view.data):
                yield _build_occurrence(view, start, end, margin)

    def _build_automaton(self) -> None:
        """Move the recent forms into an automaton, together with those of smaller automata."""
        forms: Mapping[bytes, Margin] = self._recent
        self._recent = {}
        while self._indexed and self._is_worth_joining(len(self._indexed[-1].forms), len(forms)):
            forms = {**self._indexed.pop().forms, **forms}
        self._indexed.append(_IndexedForms(forms, Automaton(forms)))

    def _is_worth_joining(self, older: int, newer: int) -> bool:
        return older < 2 * newer and older + newer <= _MAX_FORMS


class _IndexedForms(NamedTuple):
    """Forms that are searched for in one pass."""

    forms: Mapping[bytes, Margin]
    automaton: Automaton[Margin]


def _iter_occurrences(view: View, form: bytes, margin: Margin) -> Iterator[Occurrence]:
    start = view.data.find(form)
    while start >= 0:
        end = start + len(form)
        yield _build_occurrence(view, start, end, margin)
        start = view.data.find(form, end)


def _build_occurrence(view: View, start: int, end: int, margin: Margin) -> Occurrence:
    """Return the raw range of the value whose form is at ``start`` to ``end`` in the view."""
    value_start, value_end = max(start - margin.before, 0), min(end + margin.after, len(view.data))
    raw_start, raw_end = view.to_raw_start(value_start), view.to_raw_end(value_end)
    return Occurrence(raw_start, raw_end, margin.placeholder)
