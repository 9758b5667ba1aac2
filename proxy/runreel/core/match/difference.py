"""Describe the differences between two requests: the place, both values as short text, the likely
reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from runreel.core.match.canonical_json import format_readable, get_number
from runreel.core.match.json_diff import Absent, ComparedValue, Mismatch
from runreel.core.match.line_diff import LineDiff, diff_lines
from runreel.core.match.word_diff import diff_words
from runreel.core.volatile.recognition import (
    VolatileKind,
    find_volatile_kind,
    find_volatile_number_kind,
)
from runreel.core.word_spans import WordSpan, format_words

_MAX_CHARS = 60
_WHOLE_PARTS = frozenset({"method", "path", "body"})
"""Parts of a request whose text is shown unquoted, and which the configuration cannot ignore."""

_PARTS_THAT_NAME_A_CALL = frozenset({"method", "path"})
_TOO_DEEP = "a value nested too deep to be shown"

_CHANGES_OF_ONE_LINE = 2
MAX_LISTED = 20
"""Number of differences that are described; the others are only counted."""


class Difference(NamedTuple):
    """One place where two requests differ, described for people."""

    path: str
    """The place, in the notation of ``[match] ignore``: ``method``, ``path``, ``query.after``,
    ``form.purpose``, ``headers.openai-beta``, ``$.tools[0].type``, or ``body`` for the whole."""
    recorded: str
    """The recorded value, shortened; ``nothing`` if the recorded request lacks this place."""
    sent: str
    """The value sent, in the same form."""
    words: str = ""
    """A diff by words, if both values are texts and one of them is long."""
    spans: tuple[WordSpan, ...] = ()
    """The same in pieces."""
    volatile: VolatileKind | None = None
    """The kind of the value, if it is probably new in each request."""
    within: str = ""
    """The name of the tool, or other named array element, that contains the place."""
    reordered: bool = False
    """True if two arrays have the same elements in a different order."""
    line: int = 0
    """The first line that differs, if the values are texts of several lines; 0 otherwise."""
    lines: tuple[str, ...] = ()
    """A diff by lines, if the values are texts that differ in several lines."""

    @property
    def description(self) -> str:
        """One sentence: ``$.n: recorded 1, sent 2``."""
        if self.reordered:
            return f"{self.path}: the same elements in another order"
        if self.words:
            return f"{self.path}: {self.words}"
        return f"{self.path}: recorded {self.recorded}, sent {self.sent}"

    def to_document(self) -> Mapping[str, object]:
        """Return the difference as a JSON document."""
        return {
            **self._asdict(),
            "spans": [[*span] for span in self.spans],
            "volatile": str(self.volatile or ""),
            "lines": [*self.lines],
        }


class Differences(NamedTuple):
    """The differences between two requests: the first ones described, the others counted."""

    listed: tuple[Difference, ...]
    more: int = 0
    """Number of differences that are not in ``listed``."""


def describe_differences(mismatches: Iterable[Mismatch]) -> Differences:
    """Describe the first ``MAX_LISTED`` mismatches and count the others."""
    rest: Iterator[Mismatch] = iter(mismatches)
    listed = tuple(_describe(mismatch) for mismatch in islice(rest, MAX_LISTED))
    return Differences(listed, sum(1 for _ in rest))


def _describe(mismatch: Mismatch) -> Difference:
    old, new = mismatch.recorded, mismatch.sent
    recorded, sent = (
        _format_value(mismatch.name, value, is_described=mismatch.is_described)
        for value in (old, new)
    )
    volatile = None
    if isinstance(old, str) and isinstance(new, str) and not mismatch.is_described:
        if mismatch.name not in _PARTS_THAT_NAME_A_CALL:
            volatile = find_volatile_kind(_get_member_name(mismatch), old, new)
    elif (numbers := (get_number(old), get_number(new))) and all(numbers):
        volatile = find_volatile_number_kind(_get_member_name(mismatch), *numbers)
    line, lines = _diff_lines(mismatch)
    spans = _diff_words(mismatch) if max(len(recorded), len(sent)) >= _MAX_CHARS else ()
    return Difference(
        mismatch.path,
        recorded,
        sent,
        words=format_readable(format_words(spans)) if spans else "",
        spans=spans,
        volatile=volatile,
        within=mismatch.within,
        reordered=mismatch.reordered,
        line=line,
        lines=lines,
    )


def _diff_words(mismatch: Mismatch) -> tuple[WordSpan, ...]:
    """Return a diff by words of two texts; empty if they are no texts."""
    old, new = mismatch.recorded, mismatch.sent
    if not isinstance(old, str) or not isinstance(new, str) or mismatch.is_described:
        return ()
    return diff_words(old, new)


def _diff_lines(mismatch: Mismatch) -> LineDiff:
    """Return a diff by lines of two texts, without its lines if one changed line is all."""
    old, new = mismatch.recorded, mismatch.sent
    if not isinstance(old, str) or not isinstance(new, str) or mismatch.is_described:
        return LineDiff(0, ())
    line_diff = diff_lines(old, new)
    changes = sum(line.startswith(("-", "+")) for line in line_diff.lines)
    return line_diff if changes > _CHANGES_OF_ONE_LINE else line_diff._replace(lines=())


def _get_member_name(mismatch: Mismatch) -> str:
    """Return the name of the innermost member, or of the query parameter, field or header."""
    names = [key for key in mismatch.keys if isinstance(key, str)]
    return names[-1] if names else mismatch.name.rpartition(".")[2]


def _format_value(name: str, value: ComparedValue, *, is_described: bool) -> str:
    if isinstance(value, Absent):
        return value.value
    if isinstance(value, str) and name in _WHOLE_PARTS:
        return _shorten(value)
    if isinstance(value, str) and is_described:
        return value
    try:
        return _shorten(format_readable(value))
    except RecursionError:
        return _TOO_DEEP


def _shorten(text: str) -> str:
    return text if len(text) <= _MAX_CHARS else f"{text[: _MAX_CHARS - 1]}…"
