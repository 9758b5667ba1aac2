"""A comparison of two recordings as text for a terminal."""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterator, Mapping

from runreel.cli.terminal import escape_line, format_duration, get_width, style
from runreel.core.diff.changes.model import (
    Change,
    ChangeKind,
    ChangePart,
    DiffVerdict,
    ExchangeDiff,
    RecordingDiff,
    StreamPlace,
)
from runreel.core.diff.documents import count_verdicts, find_first_change

_COLORS: Mapping[DiffVerdict, str] = {
    DiffVerdict.IDENTICAL: "green",
    DiffVerdict.EQUIVALENT: "green",
    DiffVerdict.WORDING: "yellow",
    DiffVerdict.BEHAVIOUR: "red",
}
_MARKS = re.compile(r"\[-|-\]|\{\+|\+\}")
_MARK_COLORS = {"[-": "red", "{+": "green"}
_MAX_VALUE = 300
"""Characters that are shown of one value, unless the full text is requested."""
_INDENT = "    "
_DEFAULT_WIDTH = 100


class DiffPage:
    """Formats a comparison."""

    def __init__(self, diff: RecordingDiff, left: str, right: str, *, full: bool) -> None:
        """``full`` shortens nothing, and lists the exchanges without differences too."""
        self._diff = diff
        self._names = escape_line(left), escape_line(right)
        self._full = full
        self._width = get_width(sys.stdout) or _DEFAULT_WIDTH

    def iter_lines(self) -> Iterator[str]:
        """Yield the lines, which are safe to print."""
        yield style(f"--- {self._names[0]}", fg="red")
        yield style(f"+++ {self._names[1]}", fg="green")
        yield from self._format_first()
        for exchange in self._diff.exchanges:
            if self._full or exchange.changes or exchange.verdict > DiffVerdict.EQUIVALENT:
                yield ""
                yield from self._format_exchange(exchange)
        yield ""
        yield from self._format_summary()

    def _format_first(self) -> Iterator[str]:
        first = find_first_change(self._diff)
        if first is not None:
            exchange, change = first
            place = format_places(change)
            where = f"{format_numbers(exchange)} {escape_line(exchange.call)}{place}"
            yield style(f"First difference: {where}: {format_title(change)}", bold=True)

    def _format_exchange(self, exchange: ExchangeDiff) -> Iterator[str]:
        verdict = style(f"{exchange.verdict!s:<10}", fg=_COLORS[exchange.verdict])
        numbers = style(format_numbers(exchange), bold=True)
        yield f"{verdict}  {numbers}  {escape_line(exchange.call)}"
        for change in exchange.changes:
            yield f"  {format_title(change)}{format_places(change)}"
            yield from self._format_values(change)
        if exchange.notes:
            yield f"  ({'; '.join(map(escape_line, exchange.notes))})"

    def _format_values(self, change: Change) -> Iterator[str]:
        if change.kind in {ChangeKind.SWAPPED, ChangeKind.REORDERED}:
            return
        if change.words and not self._full:
            yield from self._format_words(change.words)
            return
        for sign, color, text in (("-", "red", change.left), ("+", "green", change.right)):
            if text:
                for line in self._wrap(f"{sign} {escape_line(self._shorten(text))}"):
                    yield style(line, fg=color)

    def _format_words(self, words: str) -> Iterator[str]:
        """Yield a diff by words, with its marks in colour."""
        color: str | None = None
        for line in self._wrap(escape_line(words)):
            parts, position = [], 0
            for mark in _MARKS.finditer(line):
                is_opening = mark[0] in _MARK_COLORS
                end = mark.start() if is_opening else mark.end()
                parts.append(style(line[position:end], fg=color))
                position, color = end, _MARK_COLORS.get(mark[0])
            yield "".join((*parts, style(line[position:], fg=color)))

    def _wrap(self, text: str) -> list[str]:
        return textwrap.wrap(
            text,
            max(self._width, 40),
            initial_indent=_INDENT,
            subsequent_indent=_INDENT,
            break_long_words=True,
            drop_whitespace=False,
        )

    def _shorten(self, text: str) -> str:
        if self._full or len(text) <= _MAX_VALUE:
            return text
        return f"{text[:_MAX_VALUE]}… ({len(text):,} characters; --full shows all)"

    def _format_summary(self) -> Iterator[str]:
        counts = count_verdicts(self._diff)
        texts = [f"{counts[str(verdict)]} {verdict}" for verdict in reversed(DiffVerdict)]
        sides = [
            f"{counts[name]} only in {side}"
            for name, side in (("missing", "---"), ("added", "+++"))
            if counts[name]
        ]
        yield f"{len(self._diff.exchanges)} exchanges: {', '.join([*texts, *sides])}"
        if self._diff.renames:
            count = len(self._diff.renames)
            yield f"{count} ids differ and stand for each other (--ids lists them)"


def format_numbers(exchange: ExchangeDiff) -> str:
    """Return the numbers of both sides: ``#3``, ``#3 → #4``, ``#3 only in ---``."""
    if not exchange.right:
        return f"#{exchange.left} only in ---"
    if not exchange.left:
        return f"#{exchange.right} only in +++"
    if exchange.left == exchange.right:
        return f"#{exchange.left}"
    return f"#{exchange.left} → #{exchange.right}"


def format_title(change: Change) -> str:
    """Return a change in a few words, without its values, safe to print."""
    if change.kind is ChangeKind.REPEATED:
        return "a poll with the same state as the one before"
    if change.part is ChangePart.CALLS:
        return f"call {change.kind}"
    label = f" ({change.label})" if change.label else ""
    kind = "" if change.kind is ChangeKind.CHANGED else f" {change.kind}"
    return escape_line(f"{change.path}{kind}{label}")


def format_places(change: Change) -> str:
    """Return the events of a change: ``, event 7 at 70.0 ms``; empty if it is not in a stream."""
    left, right = change.left_place, change.right_place
    if left is None and right is None:
        return ""
    if left is None or right is None or left == right:
        return f", event {_format_place(left or right)}"
    return f", event {_format_place(left)} → {_format_place(right)}"


def _format_place(place: StreamPlace | None) -> str:
    assert place is not None, "one side has a place"  # noqa: S101
    return f"{place.event} at {format_duration(place.at_us)}"


def iter_renames(diff: RecordingDiff) -> Iterator[str]:
    """Yield a line for each pair of ids."""
    for left, right in diff.renames.items():
        yield f"{escape_line(left)} → {escape_line(right)}"
