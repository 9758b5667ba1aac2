"""JSON paths, as written in settings: ``$.metadata.customer``, ``$..email``.

A subset of RFC 9535: names, indices, ``*`` and ``..``. With these alone, the location of a value
decides whether a path selects it. Filters, slices and indices from the end depend on the rest of
the document, and are refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

_SEGMENT = re.compile(
    r"(?P<dots>\.\.?)(?P<name>\*|[^\W\d][\w-]*)"
    r"|(?P<deep>\.\.)?\[(?P<inner>\*|0|[1-9][0-9]{0,8}"
    r"""|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\]"""
)
_ESCAPE_OR_QUOTE = re.compile(r'\\.|"', re.DOTALL)
_REQUOTED = {"\\'": "'", '"': '\\"'}

_ESCAPED = frozenset('"\\/\b\f\n\r\t')
"""Characters with an escape of their own (RFC 8259, section 7)."""

_FORMS = """after "$", use ".name", "['name']", "[0]", ".*", "[*]" or "..name\""""


class PathSegment(Struct, frozen=True):
    """One segment of a path (RFC 9535, section 1.1)."""

    key: str | int | None
    """Name of a member, or index of an element; None selects all of them (``*``)."""
    is_descendant: bool
    """True after ``..``: any number of keys may come before this one."""


class JsonPath(Struct, frozen=True):
    """A parsed JSON path."""

    text: str
    segments: tuple[PathSegment, ...]
    members: tuple[bytes, ...] = ()
    """The names of members in it, encoded by ``encode_member_names``."""

    @classmethod
    def parse(cls, text: str) -> JsonPath:
        """Parse a path. Raise ValueError with the position of the first mistake."""
        if not text.startswith("$"):
            raise ValueError('a JSON path begins with "$", as in "$.metadata.customer"')
        segments, end = [], 1
        while match := _SEGMENT.match(text, end):
            segments.append(_parse_segment(match))
            end = match.end()
        if end < len(text):
            raise ValueError(f"a JSON path has a mistake at character {end + 1}: {_FORMS}")
        names = (segment.key for segment in segments if isinstance(segment.key, str))
        return cls(text, tuple(segments), encode_member_names(names))

    @property
    def last_name(self) -> str:
        """The last member name in the path; empty if there is none."""
        names = (segment.key for segment in reversed(self.segments))
        return next((name for name in names if isinstance(name, str)), "")

    def may_select(self, body: bytes) -> bool:
        """Return False if the path selects nothing in this JSON text; it is not parsed."""
        return may_have_members(body, self.members)

    def matches(self, location: Sequence[str | int]) -> bool:
        """Return whether the path selects the value at ``location``, or one that contains it.

        ``location`` holds the names and indices that lead from the root to the value.
        """
        counts = {0}  # of segments matched so far: with "..", there are several ways to match
        for key in location:
            if len(self.segments) in counts:
                return True
            counts = {after for count in counts for after in self._advance(count, key)}
        return len(self.segments) in counts

    def _advance(self, count: int, key: str | int) -> set[int]:
        """Return the possible counts of matched segments after one more key."""
        segment = self.segments[count]
        counts = {count} if segment.is_descendant else set()
        return counts | {count + 1} if segment.key in {None, key} else counts

    def __str__(self) -> str:
        return self.text


def encode_member_names(names: Iterable[str]) -> tuple[bytes, ...]:
    """Return the names that a JSON text in UTF-8 has if it has such members.

    It may write a name with ``\\u``, and those with a quote, a backslash or a slash, which are left
    out, with other escapes.
    """
    return tuple(name.encode("utf-8", "surrogatepass") for name in names if not _ESCAPED & {*name})


def may_have_members(body: bytes, names: Iterable[bytes]) -> bool:
    """Return False if a JSON text lacks a member with one of these encoded names."""
    for name in names:
        if name not in body:
            return b"\\u" in body or b"\0" in body  # another spelling, or another encoding
    return True


def _parse_segment(match: re.Match[str]) -> PathSegment:
    is_descendant = ".." in (match["dots"], match["deep"])
    if match["name"]:
        return PathSegment(None if match["name"] == "*" else match["name"], is_descendant)
    inner = match["inner"]
    if inner == "*":
        return PathSegment(None, is_descendant)
    return PathSegment(int(inner) if inner.isdigit() else _parse_name(inner), is_descendant)


def _parse_name(quoted: str) -> str:
    """Parse a name in quotes; in single quotes, ``\\'`` is an escape (RFC 9535, section 2.3.1)."""
    if quoted.startswith("'"):
        inside = _ESCAPE_OR_QUOTE.sub(_requote, quoted[1:-1])
        quoted = f'"{inside}"'
    try:
        return str(json.loads(quoted, strict=False))
    except ValueError:
        raise ValueError("a JSON path has an escape sequence that JSON does not have") from None


def _requote(match: re.Match[str]) -> str:
    """Return an escape or quote of a single-quoted name as it is written in double quotes."""
    return _REQUOTED.get(match[0], match[0])
