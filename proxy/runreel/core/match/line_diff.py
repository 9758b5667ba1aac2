"""Show where two texts of several lines differ, line by line, in the notation of ``diff``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from runreel.core.common_text import count_common_characters
from runreel.core.match.json_diff import count_common_ends

_CONTEXT = 2
"""Lines shown before and after a change."""

_MAX_LINES = 16
"""Lines of each text that are compared between the first change and the last."""

_MAX_CHARS = 100
"""Characters shown of one line."""

_LEAD = 20
"""Characters shown before the place where two lines differ."""


class LineDiff(NamedTuple):
    """The lines in which two texts differ."""

    first: int
    """Number of the first line that differs, from 1; 0 if a text has one line only."""
    lines: tuple[str, ...]
    """Lines with ``-`` for the recorded text, ``+`` for the sent one, a space for both."""


def diff_lines(recorded: str, sent: str) -> LineDiff:
    """Return the lines in which two texts differ; none if both have one line."""
    if "\n" not in recorded and "\n" not in sent:
        return LineDiff(0, ())
    old, new = recorded.split("\n"), sent.split("\n")
    prefix, suffix = count_common_ends(old, new)
    middle = old[prefix : len(old) - suffix], new[prefix : len(new) - suffix]
    before = old[max(0, prefix - _CONTEXT) : prefix]
    after = old[len(old) - suffix :][:_CONTEXT]
    is_cut = max(map(len, middle)) > _MAX_LINES
    changes = _iter_changes(*(lines[:_MAX_LINES] for lines in middle))
    end = ["  …"] if is_cut else [f"  {_shorten(line)}" for line in after]
    shown = (*(f"  {_shorten(line)}" for line in before), *changes, *end)
    return LineDiff(prefix + 1, tuple(line.rstrip() for line in shown))


def _iter_changes(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    for tag, *ends in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        start, end, new_start, new_end = ends
        if tag == "equal":
            yield from _iter_unchanged(old[start:end])
            continue
        removed, added = old[start:end], new[new_start:new_end]
        yield from (
            f"- {_shorten(line, _skip(line, added, at))}" for at, line in enumerate(removed)
        )
        yield from (
            f"+ {_shorten(line, _skip(line, removed, at))}" for at, line in enumerate(added)
        )


def _iter_unchanged(lines: Sequence[str]) -> Iterator[str]:
    if len(lines) <= 2 * _CONTEXT:
        yield from (f"  {_shorten(line)}" for line in lines)
    else:
        yield from (f"  {_shorten(line)}" for line in lines[:_CONTEXT])
        yield "  …"
        yield from (f"  {_shorten(line)}" for line in lines[-_CONTEXT:])


def _skip(line: str, others: Sequence[str], index: int) -> int:
    """Return the number of characters before the difference from the line at the same place."""
    if len(line) <= _MAX_CHARS or index >= len(others):
        return 0
    return max(0, count_common_characters(line, others[index]) - _LEAD)


def _shorten(line: str, skipped: int = 0) -> str:
    lead = "…" if skipped else ""
    rest = line[skipped:]
    return lead + (rest if len(rest) <= _MAX_CHARS else f"{rest[: _MAX_CHARS - 1]}…")
