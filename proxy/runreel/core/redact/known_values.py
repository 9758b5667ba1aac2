"""The search for known values in all of their forms.

A session may learn thousands of values (two cookies with each answer), and none is ever forgotten.
While the forms are few they are searched for one by one, which is fastest then; later in an index,
whose search takes the same time for a hundred forms as for a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from runreel.core.placeholder import get_kind
from runreel.core.redact.search.word_index import WordIndex
from runreel.core.redact.texts.views import View

_MAX_FEW = 48
"""Forms up to which it is faster to search for each of them; a value has four to ten."""


class Occurrence(NamedTuple):
    """A known value at a place in some bytes, in whatever form."""

    start: int
    end: int
    placeholder: bytes

    @property
    def kind(self) -> str:
        """The kind of the value, as in its placeholder."""
        return get_kind(self.placeholder)


class _Form(NamedTuple):
    """The value of a form: the numbers of characters around it that belong to it, too."""

    before: int
    after: int
    placeholder: bytes
    version: int
    """The number of forms that were added before it."""


class KnownValues:
    """The forms of known values, and the search for them."""

    def __init__(self) -> None:
        self._forms: WordIndex[_Form] = WordIndex()

    def add(self, word: bytes, before: int, after: int, placeholder: bytes) -> None:
        """Search for a form of a value from now on; one that is known keeps its placeholder.

        ``before`` and ``after`` are the numbers of characters around it that belong to the value.
        """
        if word not in self._forms:
            self._forms.add(word, _Form(before, after, placeholder, self.version))

    @property
    def version(self) -> int:
        """The number of forms, which only increases."""
        return len(self._forms)

    def find(self, view: View, since: int = 0) -> Iterator[Occurrence]:
        """Yield every occurrence of a form in the view, in no order.

        ``since``: a version whose forms are left out.
        """
        is_few = self.version - since <= _MAX_FEW
        data, forms = view.data, self._forms
        for start, end, form in forms.find_one_by_one(data, since) if is_few else forms.find(data):
            if form.version >= since:
                yield _build_occurrence(view, start, end, form)


def _build_occurrence(view: View, start: int, end: int, form: _Form) -> Occurrence:
    """Return the raw range of the value whose form is at ``start`` to ``end`` in the view."""
    value_start, value_end = max(start - form.before, 0), min(end + form.after, len(view.data))
    raw_start, raw_end = view.to_raw_start(value_start), view.to_raw_end(value_end)
    return Occurrence(raw_start, raw_end, form.placeholder)
