"""Paths into JSON documents, as settings name them: ``$.metadata.customer``, ``$..email``.

The part of RFC 9535 that tells whether a place is meant from the way to it alone: names, positions,
``*`` and ``..``. Filters, slices and positions from the end need the document, and are refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

_SEGMENT = re.compile(
    r"(?P<dots>\.\.?)(?P<name>\*|[^\W\d][\w-]*)"
    r"|(?P<deep>\.\.)?\[(?P<inner>\*|0|[1-9][0-9]{0,8}"
    r"""|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\]"""
)
_ESCAPE_OR_QUOTE = re.compile(r'\\.|"', re.DOTALL)
_REQUOTED = {"\\'": "'", '"': '\\"'}

_FORMS = """after "$" come ".name", "['name']", "[0]", ".*", "[*]" and "..name\""""


class PathSegment(NamedTuple):
    """One step down a document."""

    key: str | int | None
    """A member's name or an element's position, from 0; None: any of either."""
    is_descendant: bool
    """Whether any number of other steps may come before it."""


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A path, read."""

    text: str
    segments: tuple[PathSegment, ...]

    @classmethod
    def parse(cls, text: str) -> JsonPath:
        """Read a path; raises ValueError with the character where it cannot be read on."""
        if not text.startswith("$"):
            raise ValueError('a JSON path begins with "$", as in "$.metadata.customer"')
        steps, end = [], 1
        while match := _SEGMENT.match(text, end):
            steps.append(_parse_segment(match))
            end = match.end()
        if end < len(text):
            raise ValueError(f"a JSON path that cannot be read at character {end + 1}: {_FORMS}")
        return cls(text, tuple(steps))

    @property
    def last_name(self) -> str:
        """The last name of a member in it; empty if it has none."""
        names = (step.key for step in reversed(self.segments))
        return next((name for name in names if isinstance(name, str)), "")

    def matches(self, path: Sequence[str | int]) -> bool:
        """Whether it means the place at the end of this way, or one that this place is beneath."""
        taken = {0}  # how many steps, by each way of taking them
        for part in path:
            if len(self.segments) in taken:
                return True
            taken = {after for count in taken for after in self._advance(count, part)}
        return len(self.segments) in taken

    def _advance(self, count: int, part: str | int) -> set[int]:
        chosen, deep = self.segments[count]
        after = {count} if deep else set()
        return after | {count + 1} if chosen in {None, part} else after

    def __str__(self) -> str:
        return self.text


def _parse_segment(match: re.Match[str]) -> PathSegment:
    deep = ".." in (match["dots"], match["deep"])
    if match["name"]:
        return PathSegment(None if match["name"] == "*" else match["name"], deep)
    inner = match["inner"]
    if inner == "*":
        return PathSegment(None, deep)
    return PathSegment(int(inner) if inner.isdigit() else _parse_name(inner), deep)


def _parse_name(quoted: str) -> str:
    """What a quoted name says; a single quote is escaped in its own kind of quotes (RFC 9535)."""
    if quoted.startswith("'"):
        inside = _ESCAPE_OR_QUOTE.sub(_requote, quoted[1:-1])
        quoted = f'"{inside}"'
    try:
        return str(json.loads(quoted, strict=False))
    except ValueError:
        raise ValueError("a JSON path with an escape that JSON does not have") from None


def _requote(match: re.Match[str]) -> str:
    return _REQUOTED.get(match[0], match[0])
